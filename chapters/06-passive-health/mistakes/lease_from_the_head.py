# step: 5
# file: reverseproxy/proxy.py
# message: its connections were refused, and it gets requests as if nothing had been
# why: what is judged is the answer, so the lease seems to begin with it


class ReverseProxy:
    @contextlib.asynccontextmanager
    async def forward(self, head, body, target):
        check_request(head.method, head.fields)
        lease = target.lease()
        try:
            exchange = self._exchange(head, body, lease.upstream, target.preserve_host)
            async with exchange as answer:
                with lease:
                    lease.answered(answer.status)
                    yield answer
        except ExchangeError as error:
            error.upstream = str(lease.upstream)
            raise
