# step: 5
# file: reverseproxy/lines/worker.py
# message: and when the connection is over nobody looks if home is back
# why: a wait that is over is followed by a look, and only at home by an end


class Worker:
    async def _until(self, over):
        while True:
            is_away = self._upstream is not self._home and not self._next
            await asyncio.wait([over], timeout=self._pauses.failback if is_away else None)
            if not is_away:
                return
            with contextlib.suppress(ExchangeError):
                self._next = await self._connect(self._target.lease(tried=self._others))
                self.leave()
