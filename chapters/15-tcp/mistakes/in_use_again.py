# step: 3
# file: reverseproxy/tcp/serving.py
# message: told that connecting went well, and in flight then were
# why: one use ends, and then the next one begins


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
                if not tries.has_another(error, is_whole=True):
                    raise
                logger.warning("upstream %s: %s; another one gets a try", lease.upstream, error)
