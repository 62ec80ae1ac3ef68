# step: 4
# file: reverseproxy/http/graceful.py
# message: turns after it came
# why: who is not in the queue any more has a connection, or will have one in a moment


class GracefulServer:
    async def _close_door(self, own, given):
        self._answers.is_stopping = True
        for sock in own:
            refuse_new(sock)
        taken = [connection for sock in (*own, *given) for connection in waiting(sock)]
        self._close(own, given)
        await welcome(taken, self._protocol)
