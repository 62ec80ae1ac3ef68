# step: 3
# file: reverseproxy/tcp/reception.py
# message: has an address and port 0, and was taken for
# why: port 0 is what there is when nothing was said


class Reception:
    async def receive(self, client):
        seen = introduction_of(client)
        if seen.source not in self._trusted:
            return Caller(seen)
        try:
            (said, length), data = await self._header(client)
        except NotIntroduced as error:
            raise NotIntroduced(f"{seen.source or 'unix'}: {error}") from error
        return Caller(said if said.source_port else seen, data[length:])
