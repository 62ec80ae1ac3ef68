# step: 1
# file: reverseproxy/http/incoming.py
# message: the next message was read before this piece was used
# why: the whole body, in one piece: what chapter 1 did, in a generator's clothes


class Incoming:
    async def body(self):
        whole, more = b"", True
        while more:
            message = await self._next()
            if message["type"] == "http.disconnect":
                self.body_is_read.set()
                raise ClientGone
            whole += message.get("body", b"")
            more = message.get("more_body", False)
        self.body_is_read.set()
        yield whole
