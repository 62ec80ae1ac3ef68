# step: 1
# file: reverseproxy/probes/prober.py
# message: it is in maintenance, and it was probed
# why: it has no requests, so it seems to be done


class Prober:
    async def run(self):
        self._begin()
        async with asyncio.TaskGroup() as group:
            while True:
                while check := self._schedule.take(self._clock()):
                    if check not in self._running:
                        self._running.add(check)
                        group.create_task(self._probe(check))
                await self._until_next()
