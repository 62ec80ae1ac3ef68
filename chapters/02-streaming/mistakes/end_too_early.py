# step: 5
# file: reverseproxy/proxy.py
# message: the last message was sent while the upstream's connection was open
# why: the answer is over, so its end is sent where it is: in the block that still has to be left


class ReverseProxy:
    async def _respond(self, request, body, send):
        if self._origin is None:
            await PlainTextResponse("404 Not Found\n", 404)(request.scope, request.receive, send)
            return
        try:
            async with self.forward(request, body, self._origin) as answer:
                await pass_on(answer, request.method, send, self._patience)
                await deliver(send, body_message(b"", more=False), self._patience)
        except AnswerBroken as error:
            self.broken_off(request, self._origin, error)
            raise
        except ForwardingError as error:
            response = self.unanswered(request, self._origin, error)
            if error.status < 500 or body is not None:
                response.headers["connection"] = "close"
            await response(request.scope, request.receive, send)
