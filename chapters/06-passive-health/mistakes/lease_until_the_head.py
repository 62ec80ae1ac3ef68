# step: 5
# file: reverseproxy/proxy.py
# message: it broke off five answers, and got 3 more requests
# why: the lease is for asking, and the answer is there


class ReverseProxy:
    @contextlib.asynccontextmanager
    async def forward(self, head, body, target):
        check_request(head.method, head.fields)
        lease = target.lease()
        try:
            async with contextlib.AsyncExitStack() as stack:
                with lease as upstream:
                    exchange = self._exchange(head, body, upstream, target.preserve_host)
                    answer = await stack.enter_async_context(exchange)
                    lease.answered(answer.status)
                yield answer
        except ExchangeError as error:
            error.upstream = str(lease.upstream)
            raise
