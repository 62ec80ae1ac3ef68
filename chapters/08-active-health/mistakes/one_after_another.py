# step: 4
# file: reverseproxy/probes/prober.py
# message: one upstream hangs, and the other was not asked meanwhile
# why: a loop that awaits each probe looks like a schedule


class Prober:
    async def run(self):
        self._begin()
        while True:
            while check := self._schedule.take(self._clock()):
                self._running.add(check)
                await self._probe(check)
            await self._until_next()
