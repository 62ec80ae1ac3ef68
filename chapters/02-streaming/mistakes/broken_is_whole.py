# step: 5
# file: reverseproxy/proxy.py
# message: half an answer looked whole to the client
# why: log, stop, and return as if nothing had happened: Go did the same until 2018


class ReverseProxy:
    async def _respond(self, request, body, send):
        if self._origin is None:
            await PlainTextResponse("404 Not Found\n", 404)(request.scope, request.receive, send)
            return
        try:
            async with self.forward(request, body, self._origin) as answer:
                await pass_on(answer, request.method, send, self._patience)
        except AnswerBroken as error:
            self.broken_off(request, self._origin, error)
        except ForwardingError as error:
            response = self.unanswered(request, self._origin, error)
            await response(request.scope, request.receive, send)
            return
        await deliver(send, body_message(b"", more=False), self._patience)
