# step: 4
# file: reverseproxy/tcp/serving.py
# message: it had 0.1 s and took longer, and was told something
# why: who gets no connection is told why


class Serving:
    async def _named(self, names, client, rest):
        try:
            hello, data = await self._preread.until(client, "ClientHello", HelloReader().read, rest)
            return names.target(hello), data
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words)
            client.close()
            raise
        except Unfinished:
            with contextlib.suppress(OSError):
                client.send(HelloRefused("it is not whole").words)
            raise
