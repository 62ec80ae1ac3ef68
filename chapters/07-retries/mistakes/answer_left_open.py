# step: 5
# file: reverseproxy/forwarding.py
# message: the second upstream was asked, and the first one's answer was still open
# why: the stack closes everything in the end, and the end is when the client has its answer


class Forwarder:
    async def _answer(self, asked, stack):
        tries = Tries(asked.target, asked.head.method)
        deadline = self._deadline()
        while True:
            lease = tries.lease()
            try:
                answer = await stack.enter_async_context(self._attempt(lease, asked, deadline))
                failure = answer.status
                if not tries.has_another(failure, is_whole=asked.body.is_whole):
                    return answer
            except UpstreamError as error:
                failure = error
                if not tries.has_another(failure, is_whole=asked.body.is_whole):
                    raise
            log_retry(asked, lease.upstream, failure)
