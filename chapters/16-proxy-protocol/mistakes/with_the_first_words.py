# step: 4
# file: reverseproxy/tcp/serving.py
# message: an upstream waits for the header, and it has not come after a second
# why: the header stands before what the client says, so it goes with it


class Serving:
    async def _open(self, client):
        client.setblocking(False)
        caller = await self._reception.receive(client) if self._asks_who else UNASKED
        key = caller.introduction.source.encode()
        lease, upstream = await self._connect(Tries(self._target, "", key))
        rest = caller.rest
        if not rest:
            ready = asyncio.get_running_loop().create_future()
            self._poller.add_reader(client.fileno(), lambda: ready.done() or ready.set_result(None))
            try:
                await ready
            finally:
                self._poller.remove_reader(client.fileno())
        relay = Relay(client, upstream, self._poller, self._ended)
        self._leases[relay] = lease
        relay.start(self._settings.introduce(caller.introduction) + rest)
