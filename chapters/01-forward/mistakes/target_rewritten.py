# step: 3
# file: reverseproxy/http/outgoing.py
# message: the target was written anew
# why: httpx's URL tidies what it is given, and a proxy must not


class UpstreamClient:
    async def send(self, origin, request):
        outgoing = httpx.Request(
            request.method,
            str(origin) + request.target.decode("ascii"),
            headers=request.fields,
            content=request.body,
            extensions={"timeout": self._timeout},
        )
        response = await self._transport.handle_async_request(outgoing)
        body = b"".join([piece async for piece in response.aiter_raw()])
        return UpstreamResponse(response.status_code, response.headers.raw, body)
