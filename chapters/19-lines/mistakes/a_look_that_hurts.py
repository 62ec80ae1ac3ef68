# step: 5
# file: reverseproxy/lines/worker.py
# message: one connection, and it ends with the test
# why: what goes wrong at home is no reason to give up what works elsewhere


class Worker:
    async def _until(self, over):
        while not over.done():
            is_away = self._upstream is not self._home and not self._next
            await asyncio.wait([over], timeout=self._pauses.failback if is_away else None)
            if is_away and not over.done():
                self._next = await self._connect(self._target.lease(tried=self._others))
                self.leave()
