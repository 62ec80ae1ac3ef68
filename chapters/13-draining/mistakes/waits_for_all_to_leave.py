# step: 4
# file: reverseproxy/http/graceful.py
# message: it was told to stop, and it goes on
# why: who has nothing to ask will surely leave


class GracefulServer:
    async def _finish(self):
        await self._crowd.wait_empty()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)
