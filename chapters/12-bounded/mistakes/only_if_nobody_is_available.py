# step: 1
# file: reverseproxy/target.py
# message: the only available one was tried, and the ejected one was not asked
# why: ejections are forgiven when nobody is available, and somebody is


class Target:
    def select_upstream(self, key=b"", *, tried=()):
        now = self._clock()
        available = self.upstreams.available
        available.refresh(now)
        accepts = available.untried(tried) if len(available) else unejected(now, tried)
        if chosen := self._select(accepts, key):
            return chosen
        raise NoUpstreamAvailable(self._why_none(now))
