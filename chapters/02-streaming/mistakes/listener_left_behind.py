# step: 4
# file: reverseproxy/http/incoming.py
# message: the block was done, and somebody still listened for its client
# why: a task group ends when its last task does, and this one waits for a client to leave


class Incoming:
    @contextlib.asynccontextmanager
    async def while_connected(self):
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._gone())
                yield
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
