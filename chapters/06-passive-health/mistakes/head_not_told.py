# step: 5
# file: reverseproxy/proxy.py
# message: it had answered 503 five times, and got 3 more requests
# why: a 503 is an answer, so the block ends without an error


class ReverseProxy:
    @contextlib.asynccontextmanager
    async def forward(self, head, body, target):
        check_request(head.method, head.fields)
        lease = target.lease()
        try:
            with lease as upstream:
                async with self._exchange(head, body, upstream, target.preserve_host) as answer:
                    yield answer
        except ExchangeError as error:
            error.upstream = str(lease.upstream)
            raise
