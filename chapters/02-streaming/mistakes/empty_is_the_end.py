# step: 1
# file: reverseproxy/http/incoming.py
# message: b'ro', b'', b'se' and the end came out as b'ro'
# why: a socket that has no bytes any more is at its end; a message that has none is not


class Incoming:
    async def body(self):
        try:
            while True:
                message = await self._next()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                piece = message.get("body", b"")
                if not piece:
                    break
                yield piece
                if not message.get("more_body", False):
                    break
        finally:
            self.body_is_read.set()
