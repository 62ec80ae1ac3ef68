# step: 3
# file: reverseproxy/tcp/reception.py
# message: pieces, and it is taken for 127.0.0.1: no PROXY header
# why: what has been read has been looked at


class Reception:
    async def _header(self, client):
        data = b""
        try:
            async with asyncio.timeout(self._seconds):
                while (found := read(data)) is None:
                    data = await self._more(client)
        except TimeoutError as error:
            raise NotIntroduced("no whole PROXY header in time") from error
        return found, data
