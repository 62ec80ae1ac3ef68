# step: 1
# file: reverseproxy/health/active.py
# message: one line a change was expected
# why: setting what is set already does no harm, but somebody is told of it


class Check:
    def failed(self, why):
        facts = self.upstream.facts
        self._in_a_row = 0 if facts.is_up is False else self._in_a_row + 1
        if not facts.is_up or self._in_a_row >= self.settings.fall:
            self._turn(is_up=False, why=why)
