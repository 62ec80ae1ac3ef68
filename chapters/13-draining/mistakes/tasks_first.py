# step: 4
# file: reverseproxy/http/graceful.py
# message: the task that had made it was cancelled
# why: what runs is finished first, and while one waits for the crowd something new begins to run


class GracefulServer:
    async def _finish(self):
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)
        for connection in self._crowd:
            connection.shutdown()
        await self._crowd.wait_empty()
