# step: 5
# file: reverseproxy/lines/worker.py
# message: the last one, and that it is gone was to be raised, not
# why: when all have been tried, that is what the target says


class Worker:
    async def _dial(self):
        tried, self._avoided = [self._avoided] if self._avoided else [], None
        if self._home not in tried:
            with contextlib.suppress(ExchangeError):
                return await self._connect(self._target.lease(tried=self._others))
            tried.append(self._home)
        while True:
            lease = self._target.lease(tried=tried)
            tried.append(lease.upstream)
            with contextlib.suppress(ConnectFailed):
                return await self._connect(lease)
