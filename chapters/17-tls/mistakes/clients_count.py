# step: 4
# file: reverseproxy/tcp/serving.py
# message: an upstream greets with the end of its handshake, and nobody hears it
# why: the client is at hand, and the upstream is dialed elsewhere


class Serving:
    async def _open(self, client):
        client.setblocking(False)
        caller = await self._reception.receive(client) if self._asks_who else UNASKED
        rest = caller.rest
        if isinstance(client, TlsSocket):
            client.feed(rest)
            await shake_hands(client, self._poller, self._settings.connect)
            rest = b""
        key = caller.introduction.source.encode()
        first = self._settings.introduce(caller.introduction)
        lease, upstream = await self._connect(Tries(self._target, "", key), first)
        relay = Relay(client, upstream, self._poller, self._ended, self._flow(client))
        self._leases[relay] = lease
        relay.start(rest if isinstance(upstream, TlsSocket) else first + rest)
