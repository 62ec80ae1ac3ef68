# step: 4
# file: reverseproxy/tcp/serving.py
# message: has called, and by another key it got
# why: the address of a client is where its connection comes from


class Serving:
    async def _open(self, client):
        client.setblocking(False)
        caller = await self._reception.receive(client) if self._asks_who else UNASKED
        key = client.getpeername()[0].encode()
        lease, upstream = await self._connect(Tries(self._target, "", key))
        relay = Relay(client, upstream, self._poller, self._ended)
        self._leases[relay] = lease
        relay.start(self._settings.introduce(caller.introduction) + caller.rest)
