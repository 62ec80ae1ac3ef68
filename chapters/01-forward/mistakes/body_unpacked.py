# step: 3
# file: reverseproxy/http/outgoing.py
# message: the body was unpacked on the way
# why: httpx's aread decodes what Content-Encoding names, as a client wants it and a proxy does not


class UpstreamClient:
    async def send(self, origin, request):
        outgoing = httpx.Request(
            request.method,
            str(origin),
            headers=request.fields,
            content=request.body,
            extensions={"target": request.target, "timeout": self._timeout},
        )
        response = await self._transport.handle_async_request(outgoing)
        body = await response.aread()
        fields = [
            (name, value)
            for name, value in response.headers.raw
            if name.lower() != b"content-length"
        ]
        return UpstreamResponse(response.status_code, fields, body)
