# step: 4
# file: reverseproxy/tcp/serving.py
# message: bytes in 310 pieces: they are to come back with a name in front, and it was nothing
# why: a ClientHello fits into one segment, and one call brings it


class Serving:
    async def _named(self, names, client, rest):
        try:
            data = rest
            while not data:
                data = await self._preread._more(client, "ClientHello")
            hello = HelloReader().read(data)
            if hello is None:
                raise Unfinished("half a ClientHello")
            return names.target(hello), data
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words)
            client.close()
            raise
