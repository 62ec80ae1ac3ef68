# step: 5
# file: reverseproxy/lines/worker.py
# message: a worker waits until its connection is over, and this one went on
# why: home is there, and nothing more to wait for


class Worker:
    async def _until(self, over):
        while not over.done():
            is_away = self._upstream is not self._home and not self._next
            await asyncio.wait([over], timeout=self._pauses.failback if is_away else None)
            if is_away and not over.done():
                with contextlib.suppress(ExchangeError):
                    self._next = await self._connect(self._target.lease(tried=self._others))
                    self.leave()
                    return
