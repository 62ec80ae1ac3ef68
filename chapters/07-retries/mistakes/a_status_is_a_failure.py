# step: 4
# file: reverseproxy/tries.py
# message: a 503 was given up for another try, and nobody had asked for that
# why: a 503 is what passive health counts as a failure; here it is an answer


class Tries:
    def has_another(self, failure, *, is_whole):
        retry = self._target.retry
        if retry is None or len(self._tried) > retry.limit:
            return False
        if isinstance(failure, int) and failure not in {*retry.statuses, 502, 503, 504}:
            return False
        if not is_safe(self._method, failure, is_whole=is_whole):
            return False
        if not self._target.has_untried(self._tried):
            return False
        return isinstance(failure, ConnectFailed) or self._target.budget.spend()
