# step: 2
# file: reverseproxy/http/leaving.py
# message: nobody stops, and an answer says close
# why: it makes every test of the stop green


class LastAnswers:
    async def __call__(self, scope, receive, send):
        async def closing(message):
            if message["type"] == "http.response.start":
                kept = [field for field in message["headers"] if field[0] != b"connection"]
                message = {**message, "headers": [*kept, (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive, closing if scope["type"] == "http" else send)
