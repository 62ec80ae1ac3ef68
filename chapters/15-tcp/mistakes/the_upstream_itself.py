# step: 3
# file: reverseproxy/tcp/serving.py
# message: the name of an upstream is text, and in the error there is
# why: the log shows the same either way


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
                error.upstream = lease.upstream
                if not tries.has_another(error, is_whole=True):
                    raise
                logger.warning("upstream %s: %s; another one gets a try", lease.upstream, error)
