# step: 5
# file: reverseproxy/lines/worker.py
# message: home was never back, and the connection was to leave
# why: one leaves, and then one goes home


class Worker:
    async def _until(self, over):
        while not over.done():
            is_away = self._upstream is not self._home and not self._next
            await asyncio.wait([over], timeout=self._pauses.failback if is_away else None)
            if is_away and not over.done():
                with contextlib.suppress(ExchangeError):
                    self.leave()
                    self._next = await self._connect(self._target.lease(tried=self._others))
