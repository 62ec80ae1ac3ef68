# step: 4
# file: reverseproxy/http/graceful.py
# message: nobody has taken who waited at a socket that was given to it
# why: who gave us the socket takes care of it, or so one hopes


class GracefulServer:
    async def _close_door(self, own, given):
        self._answers.is_stopping = True
        for sock in own:
            refuse_new(sock)
        await asyncio.sleep(HANDSHAKE if own else TURN)
        taken = [connection for sock in own for connection in waiting(sock)]
        self._close(own, given)
        await welcome(taken, self._protocol)
        await asyncio.sleep(TURN)
