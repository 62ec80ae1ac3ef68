# step: 3
# file: reverseproxy/proxy.py
# message: the log names another upstream than the one that was asked
# why: to select is to take a turn; the second call is about the next request


class ReverseProxy:
    @contextlib.asynccontextmanager
    async def forward(self, head, body, target):
        check_request(head.method, head.fields)
        upstream = target.select_upstream()
        try:
            async with self._exchange(head, body, upstream, target.preserve_host) as answer:
                yield answer
        except ExchangeError as error:
            error.upstream = str(target.select_upstream())
            raise
