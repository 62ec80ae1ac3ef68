# step: 4
# file: reverseproxy/tries.py
# message: a try that there never was has been paid for
# why: asks the budget first, as it costs nothing to ask; but it does


class Tries:
    def has_another(self, failure, *, is_whole):
        retry = self._target.retry
        if not isinstance(failure, ConnectFailed) and not self._target.budget.spend():
            return False
        if retry is None or len(self._tried) > retry.limit:
            return False
        if isinstance(failure, int) and failure not in retry.statuses:
            return False
        if not self._target.has_untried(self._tried):
            return False
        return is_safe(self._method, failure, is_whole=is_whole)
