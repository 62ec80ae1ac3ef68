# step: 3
# file: reverseproxy/tcp/serving.py
# message: one refused, one connected, and health heard
# why: a connection that has not ended is no success yet


class Serving:
    async def _connect(self, tries):
        while True:
            lease = tries.lease()
            upstream = lease.__enter__()
            try:
                return lease, await self._dialer.dial(upstream)
            except BaseException as error:
                lease.__exit__(type(error), error, None)
                if not isinstance(error, ConnectFailed):
                    raise
                error.upstream = str(lease.upstream)
                if not tries.has_another(error, is_whole=True):
                    raise
                logger.warning("upstream %s: %s; another one gets a try", lease.upstream, error)
