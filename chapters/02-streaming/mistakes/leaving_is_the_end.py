# step: 1
# file: reverseproxy/http/incoming.py
# message: the client left in the middle, and the body ended as if it were whole
# why: a message without more_body looks like the last one, whatever its type is


class Incoming:
    async def body(self):
        try:
            more = True
            while more:
                message = await self._next()
                yield message.get("body", b"")
                more = message.get("more_body", False)
        finally:
            self.body_is_read.set()
