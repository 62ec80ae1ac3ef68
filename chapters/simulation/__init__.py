"""The package in a simulated world: its own decisions, and time and upstreams that are made up."""
