# step: 3
# file: reverseproxy/tcp/reception.py
# message: it was too late, the log should say who
# why: only a wrong header is somebody's fault


class Reception:
    async def receive(self, client):
        seen = introduction_of(client)
        if seen.source not in self._trusted:
            return Caller(seen)
        try:
            (said, length), data = await self._header(client)
        except NotIntroduced as error:
            raise NotIntroduced(f"{seen.source or 'unix'}: {error}") from error
        except TimeoutError as error:
            raise NotIntroduced("no whole PROXY header in time") from error
        return Caller(said if said.source else seen, data[length:])

    async def _header(self, client):
        data = b""
        async with asyncio.timeout(self._seconds):
            while (found := read(data)) is None:
                data += await self._more(client)
        return found, data
