# step: 4
# file: reverseproxy/tcp/serving.py
# message: a broken one: that is alert 50, and it heard nothing, and then a reset
# why: a connection that cannot be is reset


class Serving:
    async def _named(self, names, client, rest):
        reader = HelloReader()
        hello, data = await self._preread.until(client, "ClientHello", reader.read, rest)
        return names.target(hello), data
