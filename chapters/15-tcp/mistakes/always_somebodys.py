# step: 3
# file: reverseproxy/tcp/serving.py
# message: no descriptor was left, and the error names
# why: every error comes from some upstream


class Serving:
    async def _connect(self, tries):
        while True:
            lease = tries.lease()
            try:
                with lease as upstream:
                    connection = await self._dialer.dial(upstream)
                    lease.__enter__()
                    return lease, connection
            except Exception as error:
                error.upstream = str(lease.upstream)
                if not tries.has_another(error, is_whole=True):
                    raise
                logger.warning("upstream %s: %s; another one gets a try", lease.upstream, error)
