"""Below HTTP: connections instead of requests."""
