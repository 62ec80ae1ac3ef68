# step: 4
# file: reverseproxy/tcp/serving.py
# message: HelloReaders were asked for a Hello
# why: what is read gets all bytes from the first one on, so a new reader can read them


class Serving:
    async def _named(self, names, client, rest):
        def read(data):
            return HelloReader().read(data)

        try:
            hello, data = await self._preread.until(client, "ClientHello", read, rest)
            return names.target(hello), data
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words)
            client.close()
            raise
