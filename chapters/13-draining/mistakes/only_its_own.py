# step: 4
# file: reverseproxy/http/graceful.py
# message: it stops, and does not say so
# why: everybody is taken in and answered, so what is missing?


class GracefulServer:
    async def _close_door(self, own, given):
        for sock in own:
            refuse_new(sock)
        await asyncio.sleep(HANDSHAKE if own else TURN)
        taken = [connection for sock in (*own, *given) for connection in waiting(sock)]
        self._close(own, given)
        await welcome(taken, self._protocol)
        await asyncio.sleep(TURN)
