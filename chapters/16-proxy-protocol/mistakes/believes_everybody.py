# step: 3
# file: reverseproxy/tcp/reception.py
# message: somebody who is not trusted said who he is, and was believed
# why: with trusted proxies configured, connections have headers


class Reception:
    async def receive(self, client):
        seen = introduction_of(client)
        try:
            (said, length), data = await self._header(client)
        except NotIntroduced as error:
            raise NotIntroduced(f"{seen.source or 'unix'}: {error}") from error
        return Caller(said if said.source else seen, data[length:])
