# step: 4
# file: reverseproxy/tries.py
# message: an upstream has answered with 503, and the next try was free
# why: whoever says 503 has done nothing, it seems; but it was asked, and so will the next one be


class Tries:
    def has_another(self, failure, *, is_whole):
        retry = self._target.retry
        if retry is None or len(self._tried) > retry.limit:
            return False
        if isinstance(failure, int) and failure not in retry.statuses:
            return False
        if not is_safe(self._method, failure, is_whole=is_whole):
            return False
        if not self._target.has_untried(self._tried):
            return False
        return isinstance(failure, ConnectFailed | int) or self._target.budget.spend()
