# step: 2
# file: reverseproxy/http/leaving.py
# message: own list of headers was changed
# why: a list in a message looks like ours


class LastAnswers:
    async def __call__(self, scope, receive, send):
        async def closing(message):
            if self.is_stopping and message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                headers[:] = [each for each in headers if each[0] != b"connection"]
                headers.append((b"connection", b"close"))
            await send(message)

        await self._app(scope, receive, closing if scope["type"] == "http" else send)
