# step: 4
# file: reverseproxy/mux.py
# message: the other rule was forgotten
# why: with one rule for each path, the last one is all of them


class Mux:
    def match(self, head):
        allow = frozenset()
        for rule, target in self.candidates(head):
            if not rule.has_headers(head):
                continue
            if not rule.methods or head.method in rule.methods:
                return Match(target)
            allow = rule.methods
        return Match(allow=tuple(sorted(allow)))
