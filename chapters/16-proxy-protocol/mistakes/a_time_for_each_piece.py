# step: 3
# file: reverseproxy/tcp/reception.py
# message: this one took 28, and it was let in
# why: whoever goes on talking is alive


class Reception:
    async def _header(self, client):
        data = b""
        try:
            while (found := read(data)) is None:
                async with asyncio.timeout(self._seconds):
                    data += await self._more(client)
        except TimeoutError as error:
            raise NotIntroduced("no whole PROXY header in time") from error
        return found, data
