# step: 4
# file: reverseproxy/tcp/serving.py
# message: no header came, and an upstream was connected
# why: while the header is on its way, the connection can be made


class Serving:
    async def _open(self, client):
        client.setblocking(False)
        key = client.getpeername()[0].encode()
        lease, upstream = await self._connect(Tries(self._target, "", key))
        try:
            caller = await self._reception.receive(client) if self._asks_who else UNASKED
        except ExchangeError:
            upstream.close()
            raise
        relay = Relay(client, upstream, self._poller, self._ended)
        self._leases[relay] = lease
        relay.start(self._settings.introduce(caller.introduction) + caller.rest)
