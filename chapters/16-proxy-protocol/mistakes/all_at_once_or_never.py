# step: 3
# file: reverseproxy/tcp/reception.py
# message: pieces, and it is taken for 127.0.0.1: half a header
# why: a sender sends it at once, so it comes at once


class Reception:
    async def _header(self, client):
        try:
            async with asyncio.timeout(self._seconds):
                data = await self._more(client)
        except TimeoutError as error:
            raise NotIntroduced("no whole PROXY header in time") from error
        if not (found := read(data)):
            raise NotIntroduced("half a header")
        return found, data
