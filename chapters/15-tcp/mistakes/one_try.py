# step: 3
# file: reverseproxy/tcp/serving.py
# message: two upstreams are dead, and the third is not, and it
# why: who does not listen does not listen


class Serving:
    async def _connect(self, tries):
        lease = tries.lease()
        try:
            with lease as upstream:
                connection = await self._dialer.dial(upstream)
                lease.__enter__()
                return lease, connection
        except ConnectFailed as error:
            error.upstream = str(lease.upstream)
            raise
