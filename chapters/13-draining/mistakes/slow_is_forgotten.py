# step: 1
# file: reverseproxy/probes/prober.py
# message: its probe still runs, and what was known is forgotten
# why: two conditions and one else: all who are not asked now are taken for unwanted


class Prober:
    async def run(self):
        self._begin()
        async with asyncio.TaskGroup() as group:
            while True:
                while check := self._schedule.take(self._clock()):
                    if check.is_wanted and check not in self._running:
                        self._running.add(check)
                        group.create_task(self._probe(check))
                    else:
                        check.forget()
                await self._until_next()
