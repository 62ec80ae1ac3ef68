# step: 5
# file: reverseproxy/lines/worker.py
# message: a look is one at home: with another there is a connection
# why: there is a method that begins with home


class Worker:
    async def _until(self, over):
        while not over.done():
            is_away = self._upstream is not self._home and not self._next
            await asyncio.wait([over], timeout=self._pauses.failback if is_away else None)
            if is_away and not over.done():
                with contextlib.suppress(ExchangeError):
                    found = await self._dial()
                    if found[0].upstream is self._home:
                        self._next = found
                        self.leave()
                    else:
                        found[1].close()
                        found[0].__exit__(None, None, None)
