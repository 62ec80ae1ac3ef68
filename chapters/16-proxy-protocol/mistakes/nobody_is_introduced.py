# step: 4
# file: reverseproxy/tcp/serving.py
# message: the upstream heard [b'rose petal'], and should have heard
# why: who calls is known now


class Serving:
    async def _open(self, client):
        client.setblocking(False)
        caller = await self._reception.receive(client) if self._asks_who else UNASKED
        key = caller.introduction.source.encode()
        lease, upstream = await self._connect(Tries(self._target, "", key))
        relay = Relay(client, upstream, self._poller, self._ended)
        self._leases[relay] = lease
        relay.start(caller.rest)
