# step: 4
# file: reverseproxy/http/graceful.py
# message: an idle connection was closed in its client's face
# why: it waits for what runs, and on an idle connection nothing does


class GracefulServer:
    async def _finish(self):
        for connection in list(self._crowd):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)
