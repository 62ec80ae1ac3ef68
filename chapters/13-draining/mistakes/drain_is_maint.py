# step: 1
# file: reverseproxy/probes/prober.py
# message: an upstream that drains is not probed any more
# why: both are on their way out, but one of them still answers


class Prober:
    async def run(self):
        self._begin()
        async with asyncio.TaskGroup() as group:
            while True:
                while check := self._schedule.take(self._clock()):
                    if check.upstream.facts.admin.value != "ready":
                        check.forget()
                    elif check not in self._running:
                        self._running.add(check)
                        group.create_task(self._probe(check))
                await self._until_next()
