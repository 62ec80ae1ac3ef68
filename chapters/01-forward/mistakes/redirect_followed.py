# step: 3
# file: reverseproxy/http/outgoing.py
# message: the proxy followed the redirect itself
# why: httpx's client is made for one user, and helps where a proxy must not


class UpstreamClient:
    async def send(self, origin, request):
        async with httpx.AsyncClient(follow_redirects=True) as client:
            url = str(origin) + request.target.decode("ascii")
            async with client.stream(
                request.method, url, headers=request.fields, content=request.body
            ) as response:
                body = b"".join([piece async for piece in response.aiter_raw()])
        return UpstreamResponse(response.status_code, response.headers.raw, body)
