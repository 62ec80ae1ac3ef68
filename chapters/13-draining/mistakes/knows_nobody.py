# step: 1
# file: reverseproxy/probes/prober.py
# message: what is known of the other is gone
# why: there is a method of that name, one object too high


class Prober:
    async def run(self):
        self._begin()
        async with asyncio.TaskGroup() as group:
            while True:
                while check := self._schedule.take(self._clock()):
                    if not check.is_wanted:
                        self.forget()
                    elif check not in self._running:
                        self._running.add(check)
                        group.create_task(self._probe(check))
                await self._until_next()
