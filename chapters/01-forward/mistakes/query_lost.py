# step: 3
# file: reverseproxy/http/outgoing.py
# message: the query was lost
# why: a path looks like all there is, until somebody searches for something


class UpstreamClient:
    async def send(self, origin, request):
        path, _, _ = request.target.partition(b"?")
        outgoing = httpx.Request(
            request.method,
            str(origin),
            headers=request.fields,
            content=request.body,
            extensions={"target": path, "timeout": self._timeout},
        )
        response = await self._transport.handle_async_request(outgoing)
        body = b"".join([piece async for piece in response.aiter_raw()])
        return UpstreamResponse(response.status_code, response.headers.raw, body)
