# step: 3
# file: reverseproxy/mux.py
# message: a path of 60,000 bytes was walked from its far end
# why: every path that one tries by hand is short


class Mux:
    def candidates(self, head):
        keys = [head.path + b"?", *prefixes(head.path), b""]
        for host in hosts(head.host):
            for port in (head.port, None):
                if paths := self._places.get((host, port)):
                    for key in keys:
                        yield from paths.get(key, ())
