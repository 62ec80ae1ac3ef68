# step: 1
# file: reverseproxy/target.py
# message: nothing was begun, and in_flight is
# why: two requests at once should not choose the same one, so it is counted early


class Target:
    def lease(self, *, tried=()):
        upstream = self.select_upstream(tried=tried)
        upstream.in_flight += 1
        return Lease(upstream, self._observers, self._clock)
