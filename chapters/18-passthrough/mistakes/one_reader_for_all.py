# step: 4
# file: reverseproxy/tcp/serving.py
# message: at the same time with others, a client of
# why: a default is there for those who have nothing else


class Serving:
    async def _named(self, names, client, rest, reader=HelloReader()):  # noqa: B008 - that is it
        try:
            hello, data = await self._preread.until(client, "ClientHello", reader.read, rest)
            return names.target(hello), data
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words)
            client.close()
            raise
