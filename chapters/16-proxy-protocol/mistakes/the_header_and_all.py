# step: 3
# file: reverseproxy/tcp/reception.py
# message: and the upstream will be told b'PROXY
# why: what was read and not passed on is passed on


class Reception:
    async def receive(self, client):
        seen = introduction_of(client)
        if seen.source not in self._trusted:
            return Caller(seen)
        try:
            (said, _), data = await self._header(client)
        except NotIntroduced as error:
            raise NotIntroduced(f"{seen.source or 'unix'}: {error}") from error
        return Caller(said if said.source else seen, data)
