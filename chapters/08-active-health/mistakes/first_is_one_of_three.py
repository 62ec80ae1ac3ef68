# step: 1
# file: reverseproxy/health/active.py
# message: the first probe failed, and the upstream is not down
# why: an upstream is up until it is found down, and that takes three failures


class Check:
    def failed(self, why):
        facts = self.upstream.facts
        self._in_a_row = self._in_a_row + 1 if facts.is_up is not False else 0
        if self._in_a_row >= self.settings.fall:
            self._turn(is_up=False, why=why)
