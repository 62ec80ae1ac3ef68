# step: 5
# file: reverseproxy/lines/worker.py
# message: the other connection was over at 10 s, and dialing asks rose once
# why: after a wait with a timeout, one has to ask which of the two it was


class Worker:
    async def _until(self, over):
        while not over.done():
            is_away = self._upstream is not self._home and not self._next
            await asyncio.wait([over], timeout=self._pauses.failback if is_away else None)
            if is_away:
                with contextlib.suppress(ExchangeError):
                    self._next = await self._connect(self._target.lease(tried=self._others))
                    self.leave()
