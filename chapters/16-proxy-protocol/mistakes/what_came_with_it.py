# step: 3
# file: reverseproxy/tcp/reception.py
# message: and the upstream will be told b''
# why: the header has been read, and the rest is still to be read


class Reception:
    async def receive(self, client):
        seen = introduction_of(client)
        if seen.source not in self._trusted:
            return Caller(seen)
        try:
            (said, _), _ = await self._header(client)
        except NotIntroduced as error:
            raise NotIntroduced(f"{seen.source or 'unix'}: {error}") from error
        return Caller(said if said.source else seen)
