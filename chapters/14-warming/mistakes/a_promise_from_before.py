# step: 4
# file: reverseproxy/target.py
# message: in a panic, no other try was promised
# why: it was right for six chapters


class Target:
    def has_untried(self, tried):
        accepts = self.upstreams.available.unejected_untried(tried)
        return any(accepts(each) for each in self.upstreams)
