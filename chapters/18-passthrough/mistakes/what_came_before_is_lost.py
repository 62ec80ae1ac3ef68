# step: 4
# file: reverseproxy/tcp/serving.py
# message: a header, then a hello for rose.test, and what came was nothing, and then a reset
# why: the hello has yet to be read


class Serving:
    async def _named(self, names, client, rest):
        try:
            hello, data = await self._preread.until(client, "ClientHello", HelloReader().read)
            return names.target(hello), data
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words)
            client.close()
            raise
