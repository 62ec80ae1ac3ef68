# step: 4
# file: reverseproxy/target.py
# message: has_untried has taken turns
# why: whoever wants to know whether there is another one looks for one


class Target:
    def has_untried(self, tried):
        ways = self._ways(b"", self._clock(), tried)
        return any(self._select(accepts, b"") for accepts in ways)
