# step: 5
# file: reverseproxy/proxy.py
# message: nobody has read the body, and the connection goes on behind it
# why: the client has its answer, so the exchange looks finished


class ReverseProxy:
    async def _respond(self, request, body, send):
        match = self._mux.match(request_head(request.scope))
        target = match.target
        if target is None:
            await self.unmatched(match)(request.scope, request.receive, send)
            return
        try:
            async with self.forward(request, body, target.origin) as answer:
                await pass_on(answer, request.method, send, self._patience)
            await deliver(send, body_message(b"", more=False), self._patience)
        except AnswerBroken as error:
            self.broken_off(request, target, error)
            raise
        except ForwardingError as error:
            response = self.unanswered(request, target, error)
            if error.status < 500:
                response.headers["connection"] = "close"
            await response(request.scope, request.receive, send)
