# step: 4
# file: reverseproxy/tries.py
# message: nothing was sent, and the try was refused for want of budget
# why: a try is a try, and the budget is for tries


class Tries:
    def has_another(self, failure, *, is_whole):
        retry = self._target.retry
        if retry is None or len(self._tried) > retry.limit:
            return False
        if isinstance(failure, int) and failure not in retry.statuses:
            return False
        if not is_safe(self._method, failure, is_whole=is_whole):
            return False
        return self._target.has_untried(self._tried) and self._target.budget.spend()
