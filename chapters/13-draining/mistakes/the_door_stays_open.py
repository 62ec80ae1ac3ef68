# step: 4
# file: reverseproxy/http/graceful.py
# message: a client came while the door was being shut
# why: it is closed in a moment anyway


class GracefulServer:
    async def _close_door(self, own, given):
        self._answers.is_stopping = True
        await asyncio.sleep(HANDSHAKE if own else TURN)
        taken = [connection for sock in (*own, *given) for connection in waiting(sock)]
        self._close(own, given)
        await welcome(taken, self._protocol)
        await asyncio.sleep(TURN)
