# step: 3
# file: reverseproxy/tcp/serving.py
# message: tries were allowed, and there were
# why: somebody will listen in the end


class Serving:
    async def _connect(self, tries):
        while True:
            lease = tries.lease()
            try:
                with lease as upstream:
                    connection = await self._dialer.dial(upstream)
                    lease.__enter__()
                    return lease, connection
            except ConnectFailed as error:
                error.upstream = str(lease.upstream)
                if not self._target.has_untried(tries._tried):
                    raise
                logger.warning("upstream %s: %s; another one gets a try", lease.upstream, error)
