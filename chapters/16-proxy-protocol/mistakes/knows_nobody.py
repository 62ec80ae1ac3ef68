# step: 3
# file: reverseproxy/tcp/reception.py
# message: the connection has an address, and nobody is told
# why: it has said that it is unknown


class Reception:
    async def receive(self, client):
        seen = introduction_of(client)
        if seen.source not in self._trusted:
            return Caller(seen)
        try:
            (said, length), data = await self._header(client)
        except NotIntroduced as error:
            raise NotIntroduced(f"{seen.source or 'unix'}: {error}") from error
        return Caller(said, data[length:])
