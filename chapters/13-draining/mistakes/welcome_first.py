# step: 4
# file: reverseproxy/http/graceful.py
# message: somebody came between the last accept and the close
# why: first those who are here, then the door: it is how a person would do it


class GracefulServer:
    async def _close_door(self, own, given):
        self._answers.is_stopping = True
        for sock in own:
            refuse_new(sock)
        await asyncio.sleep(HANDSHAKE if own else TURN)
        taken = [connection for sock in (*own, *given) for connection in waiting(sock)]
        await welcome(taken, self._protocol)
        self._close(own, given)
        await asyncio.sleep(TURN)
