# step: 4
# file: reverseproxy/mux.py
# message: a rule for POST hid the rule for everything from a GET
# why: the first rule for the path seems to be the one that counts


class Mux:
    def match(self, head):
        for rule, target in self.candidates(head):
            if not rule.has_headers(head):
                continue
            if not rule.methods or head.method in rule.methods:
                return Match(target)
            methods = set(rule.methods)
            for other, _ in self.candidates(head):
                methods |= other.methods
            return Match(allow=tuple(sorted(methods)))
        return Match()
