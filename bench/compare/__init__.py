"""One story of upstreams that die, hang and leave, before this proxy and before three others."""
