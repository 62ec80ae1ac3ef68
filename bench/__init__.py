"""Benchmarks: programs that measure and print, never tests with a clock in them."""
