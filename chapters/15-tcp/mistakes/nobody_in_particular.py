# step: 3
# file: reverseproxy/tcp/serving.py
# message: it does not name the last one
# why: the log says what went wrong


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
                if not tries.has_another(error, is_whole=True):
                    raise
                logger.warning("upstream %s: %s; another one gets a try", lease.upstream, error)
