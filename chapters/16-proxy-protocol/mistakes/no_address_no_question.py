# step: 3
# file: reverseproxy/tcp/reception.py
# message: "unix" is trusted, and b'PROXY
# why: trust is a matter of addresses, and this one has none


class Reception:
    async def receive(self, client):
        seen = introduction_of(client)
        if not seen.source or seen.source not in self._trusted:
            return Caller(seen)
        try:
            (said, length), data = await self._header(client)
        except NotIntroduced as error:
            raise NotIntroduced(f"{seen.source or 'unix'}: {error}") from error
        return Caller(said if said.source else seen, data[length:])
