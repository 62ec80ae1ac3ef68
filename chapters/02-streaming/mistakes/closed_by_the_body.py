# step: 2
# file: reverseproxy/http/outgoing.py
# message: the block was left, and the upstream still sends
# why: a generator that never starts never runs its finally


class UpstreamClient:
    @contextlib.asynccontextmanager
    async def stream(self, origin, request):
        transport = new_transport()
        with blaming():
            response = await transport.handle_async_request(self._outgoing(origin, request))

        async def owned():
            try:
                async for piece in pieces(response):
                    yield piece
            finally:
                await transport.aclose()

        yield UpstreamResponse(response.status_code, response.headers.raw, owned())
