# step: 4
# file: reverseproxy/http/graceful.py
# message: a socket was given, and after the stop it is deaf
# why: a filter looks like ours, and it is the socket's


class GracefulServer:
    async def _close_door(self, own, given):
        self._answers.is_stopping = True
        for sock in (*own, *given):
            refuse_new(sock)
        await asyncio.sleep(HANDSHAKE if own else TURN)
        taken = [connection for sock in (*own, *given) for connection in waiting(sock)]
        self._close(own, given)
        await welcome(taken, self._protocol)
        await asyncio.sleep(TURN)
