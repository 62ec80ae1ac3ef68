# step: 4
# file: reverseproxy/tcp/serving.py
# message: it was told why, then an end should come, not a reset
# why: whoever is refused is reset by whoever has called


class Serving:
    async def _named(self, names, client, rest):
        try:
            hello, data = await self._preread.until(client, "ClientHello", HelloReader().read, rest)
            return names.target(hello), data
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words)
            raise
