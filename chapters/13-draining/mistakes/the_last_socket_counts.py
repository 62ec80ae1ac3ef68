# step: 4
# file: reverseproxy/http/graceful.py
# message: at socket 1 of 3, the last one was taken out
# why: with one socket, and most proxies have one, it is the same


class GracefulServer:
    async def _close_door(self, own, given):
        self._answers.is_stopping = True
        for sock in own:
            refuse_new(sock)
        await asyncio.sleep(HANDSHAKE if own else TURN)
        for sock in chain(own, given):
            taken = waiting(sock)
        self._close(own, given)
        await welcome(taken, self._protocol)
        await asyncio.sleep(TURN)
