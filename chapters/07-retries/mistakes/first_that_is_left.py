# step: 4
# file: reverseproxy/target.py
# message: six retries, three could have them, and none went to
# why: any other upstream will do for one retry; for all of them together, it is always the same one


class Target:
    def select_upstream(self, *, tried=()):
        now = self._clock()
        left = [each for each in self.upstreams if each not in tried]
        if tried and left:
            return next((each for each in left if is_available(each.facts, now)), left[0])
        if len(self.upstreams) == 1:
            return self.upstreams[0]
        return self._policy.select(
            self.upstreams, lambda each: is_available(each.facts, now)
        ) or self._policy.select(self.upstreams, anyone)
