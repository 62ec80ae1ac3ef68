# step: 4
# file: reverseproxy/tcp/serving.py
# message: nobody wants to know who calls, and the client's socket was asked
# why: one way for all is shorter than two


class Serving:
    async def _open(self, client):
        client.setblocking(False)
        caller = await self._reception.receive(client)
        key = caller.introduction.source.encode()
        lease, upstream = await self._connect(Tries(self._target, "", key))
        relay = Relay(client, upstream, self._poller, self._ended, self._settings.flow)
        self._leases[relay] = lease
        relay.start(self._settings.introduce(caller.introduction) + caller.rest)
