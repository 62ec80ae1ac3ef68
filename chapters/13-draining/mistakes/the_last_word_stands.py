# step: 1
# file: reverseproxy/probes/prober.py
# message: what old probes said still stands
# why: not asking is not the same as not knowing


class Prober:
    async def run(self):
        self._begin()
        async with asyncio.TaskGroup() as group:
            while True:
                while check := self._schedule.take(self._clock()):
                    if check.is_wanted and check not in self._running:
                        self._running.add(check)
                        group.create_task(self._probe(check))
                await self._until_next()
