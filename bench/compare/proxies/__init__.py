"""The proxies that are compared, each with the settings that its own pages advise.

What they have in common, as far as each has it: the same limits in time, the same round robin, and
everything in them that keeps a failure from the clients.
"""
