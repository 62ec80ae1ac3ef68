"""TLS: the contexts that say with whom it is spoken, and sockets that speak it."""
