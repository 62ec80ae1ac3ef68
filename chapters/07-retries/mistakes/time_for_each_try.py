# step: 5
# file: reverseproxy/forwarding.py
# message: three upstreams were asked, and the time was over with the second
# why: everything that a try needs is made in the loop, and so is its deadline


class Forwarder:
    async def _answer(self, asked, stack):
        tries = Tries(asked.target, asked.head.method)
        while True:
            lease = tries.lease()
            try:
                answer = await stack.enter_async_context(
                    self._attempt(lease, asked, self._deadline())
                )
                failure = answer.status
                if not tries.has_another(failure, is_whole=asked.body.is_whole):
                    return answer
            except UpstreamError as error:
                failure = error
                if not tries.has_another(failure, is_whole=asked.body.is_whole):
                    raise
            log_retry(asked, lease.upstream, failure)
            await stack.aclose()
