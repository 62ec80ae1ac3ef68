# step: 5
# file: reverseproxy/forwarding.py
# message: 64 KiB are kept, and it was sent again
# why: a request that came this far is whole; its body has gone a part of the way


class Forwarder:
    async def _answer(self, asked, stack):
        tries = Tries(asked.target, asked.head.method)
        deadline = self._deadline()
        while True:
            lease = tries.lease()
            try:
                answer = await stack.enter_async_context(self._attempt(lease, asked, deadline))
                failure = answer.status
                if not tries.has_another(failure, is_whole=True):
                    return answer
            except UpstreamError as error:
                failure = error
                if not tries.has_another(failure, is_whole=True):
                    raise
            log_retry(asked, lease.upstream, failure)
            await stack.aclose()
