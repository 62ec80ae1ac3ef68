# step: 4
# file: reverseproxy/tcp/serving.py
# message: a client wanted nobody.test, and all that was logged is
# why: seven bytes always go


class Serving:
    async def _named(self, names, client, rest):
        try:
            hello, data = await self._preread.until(client, "ClientHello", HelloReader().read, rest)
            return names.target(hello), data
        except HelloRefused as error:
            client.send(error.words)
            client.close()
            raise
