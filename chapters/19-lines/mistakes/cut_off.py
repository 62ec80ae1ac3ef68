# step: 5
# file: reverseproxy/lines/worker.py
# message: rose is back after 100 s, asked at [302.0], and left was []
# why: home is there, so the other connection ends; what was on its way on it goes again


class Worker:
    async def _until(self, over):
        while not over.done():
            is_away = self._upstream is not self._home and not self._next
            await asyncio.wait([over], timeout=self._pauses.failback if is_away else None)
            if is_away and not over.done():
                with contextlib.suppress(ExchangeError):
                    self._next = await self._connect(self._target.lease(tried=self._others))
                    self.end()
