# step: 2
# file: reverseproxy/target.py
# message: was chosen, and it is out
# why: in chapter 6 somebody was always asked in the end


class Target:
    def select_upstream(self, *, tried=()):
        now = self._clock()
        for traffic in (True, False):
            if chosen := self._select(taking(now, tried, traffic=traffic)):
                return chosen
        if chosen := self._select(lambda each: each not in tried):
            return chosen
        raise NoUpstreamAvailable(self._why_none(now))
