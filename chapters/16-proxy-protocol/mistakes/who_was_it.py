# step: 3
# file: reverseproxy/tcp/reception.py
# message: the log should say who it was
# why: the error says what was wrong


class Reception:
    async def receive(self, client):
        seen = introduction_of(client)
        if seen.source not in self._trusted:
            return Caller(seen)
        (said, length), data = await self._header(client)
        return Caller(said if said.source else seen, data[length:])
