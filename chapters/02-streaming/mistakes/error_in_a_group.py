# step: 4
# file: reverseproxy/http/incoming.py
# message: the block's error came out inside an ExceptionGroup
# why: a task group wraps what its block raises, even when it is one error


class Incoming:
    @contextlib.asynccontextmanager
    async def while_connected(self):
        try:
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(self._gone())
                yield
                watch.cancel()
        except* ClientGone:
            raise ClientGone from None
