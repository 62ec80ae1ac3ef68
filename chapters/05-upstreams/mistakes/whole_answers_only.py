# step: 3
# file: reverseproxy/proxy.py
# message: an answer broke off, and the log does not say whose
# why: no answer at all is the error that comes to mind; half an answer is one of the other kind


class ReverseProxy:
    @contextlib.asynccontextmanager
    async def forward(self, head, body, target):
        check_request(head.method, head.fields)
        upstream = target.select_upstream()
        try:
            async with self._exchange(head, body, upstream, target.preserve_host) as answer:
                yield answer
        except ForwardingError as error:
            error.upstream = str(upstream)
            raise
