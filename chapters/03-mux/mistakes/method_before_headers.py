# step: 4
# file: reverseproxy/mux.py
# message: a method was promised to a request that no method would help
# why: the method is cheaper to look at, so it is looked at first


class Mux:
    def match(self, head):
        allow = set()
        for rule, target in self.candidates(head):
            if rule.methods and head.method not in rule.methods:
                allow |= rule.methods
            elif rule.has_headers(head):
                return Match(target)
        return Match(allow=tuple(sorted(allow)))
