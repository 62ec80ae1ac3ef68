"""The course: its tool (`python -m chapters`) and a folder for each chapter."""
