# step: 3
# file: reverseproxy/tcp/serving.py
# message: no descriptor was left, and health heard
# why: an error is an error, and there is another upstream

from reverseproxy.errors import ForwardingError


class Serving:
    async def _connect(self, tries):
        while True:
            lease = tries.lease()
            try:
                with lease as upstream:
                    connection = await self._dialer.dial(upstream)
                    lease.__enter__()
                    return lease, connection
            except ForwardingError as error:
                error.upstream = str(lease.upstream)
                failed = ConnectFailed(str(error))
                if not tries.has_another(failed, is_whole=True):
                    raise
                logger.warning("upstream %s: %s; another one gets a try", lease.upstream, error)
