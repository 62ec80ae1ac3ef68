"""HTTP at the edge: where bytes meet sockets."""
