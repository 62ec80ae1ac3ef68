# step: 3
# file: reverseproxy/mux.py
# message: a query hid the rule for /a from /a?c
# why: the target is what the request line has, and most have no query


class Mux:
    def candidates(self, head):
        keys = [head.path + b"?", *prefixes(head.target[: self._longest + 1]), b""]
        for host in hosts(head.host):
            for port in (head.port, None):
                if paths := self._places.get((host, port)):
                    for key in keys:
                        yield from paths.get(key, ())
