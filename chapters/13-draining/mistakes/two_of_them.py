# step: 2
# file: reverseproxy/http/leaving.py
# message: says Connection: ['x-hop', 'close']
# why: a field that is added is not a field that is set


class LastAnswers:
    async def __call__(self, scope, receive, send):
        async def closing(message):
            if self.is_stopping and message["type"] == "http.response.start":
                kept = message["headers"]
                message = {**message, "headers": [*kept, (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive, closing if scope["type"] == "http" else send)
