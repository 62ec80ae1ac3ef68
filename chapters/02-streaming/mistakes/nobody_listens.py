# step: 5
# file: reverseproxy/proxy.py
# message: the client left, and the upstream works on for nobody
# why: while_connected is written, and nobody calls it


class ReverseProxy:
    async def _handle(self, request, send):
        version, fields = request.scope["http_version"], request.headers.raw
        has_body = may_have_body(version, request.method, fields)
        incoming = Incoming(request.receive, has_body=has_body, patience=self._patience)
        with contextlib.suppress(ClientGone):
            await self._respond(request, incoming.body() if has_body else None, send)
