# step: 4
# file: reverseproxy/policies/first.py
# message: the first one is back, and the pick was b
# why: it failed once, so the other one is first now


class First:
    def select(self, upstreams, accepts):
        for turn in range(len(upstreams)):
            found = upstreams[(getattr(self, "_at", 0) + turn) % len(upstreams)]
            if accepts(found):
                self._at = (getattr(self, "_at", 0) + turn) % len(upstreams)
                return found
        return None
