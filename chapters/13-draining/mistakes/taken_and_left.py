# step: 4
# file: reverseproxy/http/graceful.py
# message: the last one was taken out of the queue, and heard
# why: the event loop takes most of them by itself, so nothing seems to be missing


class GracefulServer:
    async def _close_door(self, own, given):
        self._answers.is_stopping = True
        for sock in own:
            refuse_new(sock)
        await asyncio.sleep(HANDSHAKE if own else TURN)
        for sock in (*own, *given):
            waiting(sock)
        self._close(own, given)
        await asyncio.sleep(TURN)
