# step: 4
# file: reverseproxy/tcp/serving.py
# message: to a hello of 310 bytes and 5 later ones, 320 bytes are to come back, and it was b'rose:
# why: it has been read, and the name is known


class Serving:
    async def _named(self, names, client, rest):
        try:
            hello, _ = await self._preread.until(client, "ClientHello", HelloReader().read, rest)
            return names.target(hello), rest
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words)
            client.close()
            raise
