# step: 4
# file: reverseproxy/tcp/serving.py
# message: another name: that is alert 112, and it heard nothing, and then a reset
# why: what can fail is to read it


class Serving:
    async def _named(self, names, client, rest):
        try:
            hello, data = await self._preread.until(client, "ClientHello", HelloReader().read, rest)
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words)
            client.close()
            raise
        return names.target(hello), data
