# step: 5
# file: reverseproxy/proxy.py
# message: the head of the trial's answer is there, and it gets no other request
# why: an answer that has been passed on is an answer that was given


class ReverseProxy:
    @contextlib.asynccontextmanager
    async def forward(self, head, body, target):
        check_request(head.method, head.fields)
        lease = target.lease()
        try:
            with lease as upstream:
                async with self._exchange(head, body, upstream, target.preserve_host) as answer:
                    yield answer
                    lease.answered(answer.status)
        except ExchangeError as error:
            error.upstream = str(lease.upstream)
            raise
