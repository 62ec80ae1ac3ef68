# step: 3
# file: reverseproxy/mux.py
# message: /ab was cut to /a, and the rule for /a took it
# why: the longest key is all that can be found, so nothing behind it seems to matter


class Mux:
    def candidates(self, head):
        keys = [head.path + b"?", *prefixes(head.path[: self._longest]), b""]
        for host in hosts(head.host):
            for port in (head.port, None):
                if paths := self._places.get((host, port)):
                    for key in keys:
                        yield from paths.get(key, ())
