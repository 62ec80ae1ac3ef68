# step: 3
# file: reverseproxy/tcp/serving.py
# message: one connection stands, and in flight are 0
# why: the lease ends with its block


class Serving:
    async def _connect(self, tries):
        while True:
            lease = tries.lease()
            try:
                with lease as upstream:
                    connection = await self._dialer.dial(upstream)
                    lease.upstream.in_flight += 0
                    return lease, connection
            except ConnectFailed as error:
                error.upstream = str(lease.upstream)
                if not tries.has_another(error, is_whole=True):
                    raise
                logger.warning("upstream %s: %s; another one gets a try", lease.upstream, error)
