# step: 3
# file: reverseproxy/tcp/reception.py
# message: it came over a UNIX socket, and the log says: : no PROXY header
# why: the address goes in front, and there is always one


class Reception:
    async def receive(self, client):
        seen = introduction_of(client)
        if seen.source not in self._trusted:
            return Caller(seen)
        try:
            (said, length), data = await self._header(client)
        except NotIntroduced as error:
            raise NotIntroduced(f"{seen.source}: {error}") from error
        return Caller(said if said.source else seen, data[length:])
