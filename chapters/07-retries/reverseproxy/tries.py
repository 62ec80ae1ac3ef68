"""The tries that one request has: one upstream after another, as long as that is safe."""

from reverseproxy.errors import ConnectFailed
from reverseproxy.lease import Lease
from reverseproxy.retry import Failure, is_safe
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream


class Tries:
    """One request's tries."""

    def __init__(self, target: Target, method: str) -> None:
        self._target = target
        self._method = method
        self._tried: list[Upstream] = []
        target.budget.earn()

    def lease(self) -> Lease:
        """The next try, with an upstream that had none yet."""
        lease = self._target.lease(tried=self._tried)
        self._tried.append(lease.upstream)
        return lease

    def has_another(self, failure: Failure, *, is_whole: bool) -> bool:
        """Whether there is another try after this failure; if so, it is taken from the budget.

        A try that no connection came of costs nothing: the upstream never heard of it.
        """
        retry = self._target.retry
        if retry is None or len(self._tried) > retry.limit:
            return False
        if isinstance(failure, int) and failure not in retry.statuses:
            return False
        if not is_safe(self._method, failure, is_whole=is_whole):
            return False
        if not self._target.has_untried(self._tried):
            return False
        return isinstance(failure, ConnectFailed) or self._target.budget.spend()
