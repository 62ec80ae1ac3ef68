"""Relays of connections beside each other: what each byte, question and connection costs."""
