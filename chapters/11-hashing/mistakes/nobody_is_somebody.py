# step: 3
# file: reverseproxy/keys.py
# message: and the key is b''
# why: what is missing is empty


class Key:
    def of(self, head, client):
        return client.encode() if self.kind == "address" else self._written(head)
