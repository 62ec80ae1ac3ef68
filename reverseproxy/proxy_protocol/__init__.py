"""The PROXY protocol: who called, said in front of what the caller says."""
