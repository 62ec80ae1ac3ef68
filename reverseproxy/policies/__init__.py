"""Policies: how a target chooses among its upstreams."""
