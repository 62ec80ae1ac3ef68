# step: 4
# file: reverseproxy/tcp/serving.py
# message: it had 0.1 s and took longer
# why: as long as a client sends, it is there


class Serving:
    async def _named(self, names, client, rest):
        try:
            reader, data = HelloReader(), rest
            while (hello := reader.read(data)) is None:
                data += await self._preread._more(client, "ClientHello")
            return names.target(hello), data
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words)
            client.close()
            raise
