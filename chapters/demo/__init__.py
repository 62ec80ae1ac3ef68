"""The demo behind `make run`: three upstreams, the newest proxy before them, and what to try."""
