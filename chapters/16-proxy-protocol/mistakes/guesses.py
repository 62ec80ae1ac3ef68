# step: 3
# file: reverseproxy/tcp/reception.py
# message: is no header, and it was let in
# why: be liberal in what you accept: without a header, it is data


class Reception:
    async def receive(self, client):
        seen = introduction_of(client)
        if seen.source not in self._trusted:
            return Caller(seen)
        data = b""
        async with asyncio.timeout(self._seconds):
            while True:
                try:
                    found = read(data)
                except NotIntroduced:
                    return Caller(seen, data)
                if found:
                    said, length = found
                    return Caller(said if said.source else seen, data[length:])
                data += await self._more(client)
