# step: 5
# file: reverseproxy/lines/worker.py
# message: so lines stay with the other one all along
# why: that home may have nothing is an ExchangeError too


class Worker:
    async def _until(self, over):
        while not over.done():
            is_away = self._upstream is not self._home and not self._next
            await asyncio.wait([over], timeout=self._pauses.failback if is_away else None)
            if is_away and not over.done():
                with contextlib.suppress(ConnectFailed):
                    self._next = await self._connect(self._target.lease(tried=self._others))
                    self.leave()
