# step: 2
# file: reverseproxy/target.py
# message: was tried before
# why: in chapter 7 those that were tried came last, and here they come never


class Target:
    def select_upstream(self, *, tried=()):
        now = self._clock()
        for among in (tried, ()):
            for traffic in (True, False):
                if chosen := self._select(taking(now, among, traffic=traffic)):
                    return chosen
        raise NoUpstreamAvailable(self._why_none(now))
