# step: 4
# file: reverseproxy/tcp/serving.py
# message: a client says nothing, it has 0.1 s for its handshake, and it is still there
# why: a client that says nothing is idle


class Serving:
    async def _open(self, client):
        client.setblocking(False)
        caller = await self._reception.receive(client) if self._asks_who else UNASKED
        rest = caller.rest
        if isinstance(client, TlsSocket):
            client.feed(rest)
            await shake_hands(client, self._poller, self._settings.idle)
            rest = b""
        key = caller.introduction.source.encode()
        first = self._settings.introduce(caller.introduction)
        lease, upstream = await self._connect(Tries(self._target, "", key), first)
        relay = Relay(client, upstream, self._poller, self._ended, self._flow(client, upstream))
        self._leases[relay] = lease
        relay.start(rest if isinstance(upstream, TlsSocket) else first + rest)
