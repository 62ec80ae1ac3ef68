# step: 3
# file: reverseproxy/tcp/serving.py
# message: in flight after two failures
# why: the lease is left where the connection ends, and nowhere else


class Serving:
    async def _connect(self, tries):
        while True:
            lease = tries.lease()
            try:
                upstream = lease.__enter__()
                connection = await self._dialer.dial(upstream)
                lease.__exit__(None, None, None)
                lease.__enter__()
                return lease, connection
            except ConnectFailed as error:
                error.upstream = str(lease.upstream)
                if not tries.has_another(error, is_whole=True):
                    raise
                logger.warning("upstream %s: %s; another one gets a try", lease.upstream, error)
