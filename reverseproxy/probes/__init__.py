"""Probes: what active health asks an upstream, and the service that asks."""
