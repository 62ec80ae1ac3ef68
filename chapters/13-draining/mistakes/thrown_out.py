# step: 4
# file: reverseproxy/http/graceful.py
# message: 20 were in the queue, and
# why: the servers of the event loop are closed, so nobody waits any more


class GracefulServer:
    async def _close_door(self, own, given):
        self._answers.is_stopping = True
        for sock in own:
            refuse_new(sock)
        taken = []
        self._close(own, given)
        await welcome(taken, self._protocol)
        await asyncio.sleep(TURN)
