# step: 3
# file: reverseproxy/keys.py
# message: the peer, another proxy, and not the client
# why: the request knows where it came from


class Key:
    def of(self, head, client):
        return self._written(head) or head.client.encode()
