# step: 4
# file: reverseproxy/probes/prober.py
# message: probes at the same time
# why: the timeout is shorter than the interval, so how could two overlap?


class Prober:
    async def run(self):
        self._begin()
        async with asyncio.TaskGroup() as group:
            while True:
                while check := self._schedule.take(self._clock()):
                    group.create_task(self._probe(check))
                await self._until_next()
