# step: 5
# file: reverseproxy/lines/worker.py
# message: what the worker waits for was cancelled
# why: a timeout around an await cancels what is awaited, if that is a future


class Worker:
    async def _until(self, over):
        while not over.done():
            is_away = self._upstream is not self._home and not self._next
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pauses.failback if is_away else None):
                    await over
            if is_away and not over.done():
                with contextlib.suppress(ExchangeError):
                    self._next = await self._connect(self._target.lease(tried=self._others))
                    self.leave()
