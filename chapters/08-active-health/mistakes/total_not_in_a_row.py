# step: 1
# file: reverseproxy/health/active.py
# message: a pass did not end the count of failures
# why: it is up, so there is nothing to do when a probe passes


class Check:
    def passed(self):
        facts = self.upstream.facts
        if facts.is_up is None:
            facts.is_up = True
        if not facts.is_up:
            self._in_a_row += 1
            if self._in_a_row >= self.settings.rise:
                self._turn(is_up=True, why="")
