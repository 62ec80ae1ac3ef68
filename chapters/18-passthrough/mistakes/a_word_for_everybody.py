# step: 4
# file: reverseproxy/tcp/serving.py
# message: it speaks no TLS, and was told b'\x15\x03\x03
# why: who is refused is told so, and 50 is always true


class Serving:
    async def _named(self, names, client, rest):
        try:
            hello, data = await self._preread.until(client, "ClientHello", HelloReader().read, rest)
            return names.target(hello), data
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words or bytes((21, 3, 3, 0, 2, 2, 50)))
            client.close()
            raise
