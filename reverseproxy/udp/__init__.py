"""UDP: datagrams, and the sessions that they make up."""
