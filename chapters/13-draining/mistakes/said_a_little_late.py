# step: 4
# file: reverseproxy/http/graceful.py
# message: it was told to stop, and the next answer says
# why: the stop begins when the door is shut, or does it?


class GracefulServer:
    async def _close_door(self, own, given):
        for sock in own:
            refuse_new(sock)
        await asyncio.sleep(HANDSHAKE if own else TURN)
        self._answers.is_stopping = True
        taken = [connection for sock in (*own, *given) for connection in waiting(sock)]
        self._close(own, given)
        await welcome(taken, self._protocol)
        await asyncio.sleep(TURN)
