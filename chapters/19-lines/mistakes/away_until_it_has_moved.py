# step: 5
# file: reverseproxy/lines/worker.py
# message: at 300 s there was a connection with rose, and it was asked at
# why: it is away until it is at home, and that takes as long as the other connection


class Worker:
    async def _until(self, over):
        while not over.done():
            is_away = self._upstream is not self._home
            await asyncio.wait([over], timeout=self._pauses.failback if is_away else None)
            if is_away and not over.done():
                with contextlib.suppress(ExchangeError):
                    lease, sock = await self._connect(self._target.lease(tried=self._others))
                    if self._next:
                        self._next[1].close()
                        self._next[0].__exit__(None, None, None)
                    self._next = lease, sock
                    self.leave()
