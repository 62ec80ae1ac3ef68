# step: 3
# file: reverseproxy/proxy.py
# message: a request that was refused took a turn
# why: all that is needed is fetched first, and then something else says no


class ReverseProxy:
    @contextlib.asynccontextmanager
    async def forward(self, head, body, target):
        upstream = target.select_upstream()
        check_request(head.method, head.fields)
        try:
            async with self._exchange(head, body, upstream, target.preserve_host) as answer:
                yield answer
        except ExchangeError as error:
            error.upstream = str(upstream)
            raise
