# step: 4
# file: reverseproxy/mux.py
# message: a method is told twice
# why: a list keeps everything, and the rules that one tries first have nothing in common


class Mux:
    def match(self, head):
        allow = []
        for rule, target in self.candidates(head):
            if not rule.has_headers(head):
                continue
            if not rule.methods or head.method in rule.methods:
                return Match(target)
            allow += rule.methods
        return Match(allow=tuple(sorted(allow)))
