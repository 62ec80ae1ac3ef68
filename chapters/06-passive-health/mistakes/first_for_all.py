# step: 5
# file: reverseproxy/target.py
# message: all are out, and the first one has to do all the work
# why: when all are out, which one seems not to matter


class Target:
    def select_upstream(self):
        if len(self.upstreams) == 1:
            return self.upstreams[0]
        now = self._clock()
        chosen = self._policy.select(self.upstreams, lambda each: is_available(each.facts, now))
        return chosen or self.upstreams[0]
