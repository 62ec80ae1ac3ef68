# step: 3
# file: reverseproxy/mux.py
# message: the walk ended at a host that has no rule for this path
# why: the first host that is known looks like the right one; nobody has looked at its paths yet


class Mux:
    def candidates(self, head):
        keys = [head.path + b"?", *prefixes(head.path[: self._longest + 1]), b""]
        for host in hosts(head.host):
            tables = [self._places.get((host, port)) for port in (head.port, None)]
            if any(tables):
                for paths in filter(None, tables):
                    for key in keys:
                        yield from paths.get(key, ())
                return
