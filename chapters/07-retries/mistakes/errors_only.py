# step: 5
# file: reverseproxy/forwarding.py
# message: 503 is on the list, and the client
# why: whatever answers has answered: the list of statuses is never asked


class Forwarder:
    async def _answer(self, asked, stack):
        tries = Tries(asked.target, asked.head.method)
        deadline = self._deadline()
        while True:
            lease = tries.lease()
            try:
                return await stack.enter_async_context(self._attempt(lease, asked, deadline))
            except UpstreamError as error:
                if not tries.has_another(error, is_whole=asked.body.is_whole):
                    raise
                log_retry(asked, lease.upstream, error)
