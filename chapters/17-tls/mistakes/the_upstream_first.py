# step: 4
# file: reverseproxy/tcp/serving.py
# message: it never got through, and an upstream was dialed for it
# why: both are needed, and the upstream takes longer


class Serving:
    async def _open(self, client):
        client.setblocking(False)
        caller = await self._reception.receive(client) if self._asks_who else UNASKED
        rest = caller.rest
        key = caller.introduction.source.encode()
        first = self._settings.introduce(caller.introduction)
        lease, upstream = await self._connect(Tries(self._target, "", key), first)
        try:
            if isinstance(client, TlsSocket):
                client.feed(rest)
                await shake_hands(client, self._poller, self._settings.connect)
                rest = b""
        except BaseException:
            lease.__exit__(None, None, None)
            upstream.close()
            raise
        relay = Relay(client, upstream, self._poller, self._ended, self._flow(client, upstream))
        self._leases[relay] = lease
        relay.start(rest if isinstance(upstream, TlsSocket) else first + rest)
