# step: 2
# file: reverseproxy/http/leaving.py
# message: says Connection: ['x-hop']
# why: the stop comes in the middle of a request, not before it


class LastAnswers:
    async def __call__(self, scope, receive, send):
        async def closing(message):
            if self.is_stopping and message["type"] == "http.response.start":
                kept = [field for field in message["headers"] if field[0] != b"connection"]
                message = {**message, "headers": [*kept, (b"connection", b"close")]}
            await send(message)

        is_last = scope["type"] == "http" and self.is_stopping
        await self._app(scope, receive, closing if is_last else send)
