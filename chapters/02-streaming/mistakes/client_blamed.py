# step: 2
# file: reverseproxy/http/outgoing.py
# message: an error of the client's was blamed on the upstream
# why: the block runs inside the try, so its errors are taken for the upstream's


class UpstreamClient:
    @contextlib.asynccontextmanager
    async def stream(self, origin, request):
        with blaming():
            async with new_transport() as transport:
                response = await transport.handle_async_request(self._outgoing(origin, request))
                yield received(response)
