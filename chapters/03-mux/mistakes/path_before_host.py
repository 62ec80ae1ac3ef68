# step: 3
# file: reverseproxy/mux.py
# message: a rule with a path and no host came before one with a host
# why: three loops give the right rules in any nesting, and the right order in one


class Mux:
    def candidates(self, head):
        for key in [head.path + b"?", *prefixes(head.path[: self._longest + 1]), b""]:
            for host in hosts(head.host):
                for port in (head.port, None):
                    yield from self._places.get((host, port), {}).get(key, ())
