# step: 3
# file: reverseproxy/tcp/serving.py
# message: it was stopped, and a use has not ended
# why: whatever can happen is in the list of errors


class Serving:
    async def _connect(self, tries):
        while True:
            lease = tries.lease()
            upstream = lease.__enter__()
            try:
                connection = await self._dialer.dial(upstream)
            except ConnectFailed as error:
                lease.__exit__(type(error), error, None)
                error.upstream = str(lease.upstream)
                if not tries.has_another(error, is_whole=True):
                    raise
                logger.warning("upstream %s: %s; another one gets a try", lease.upstream, error)
            else:
                lease.__exit__(None, None, None)
                lease.__enter__()
                return lease, connection
