# step: 4
# file: reverseproxy/tcp/serving.py
# message: a header, then a hello for rose.test, and what came was 625 bytes
# why: first what was there before, and then what came


class Serving:
    async def _named(self, names, client, rest):
        try:
            hello, data = await self._preread.until(client, "ClientHello", HelloReader().read, rest)
            return names.target(hello), rest + data
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words)
            client.close()
            raise
