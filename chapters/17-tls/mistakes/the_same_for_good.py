# step: 2
# file: reverseproxy/tls/certificates.py
# message: reload was called, and a session of before was resumed
# why: the context of the start does for all connections


class Certificates:
    def reload(self):
        contexts = {
            name: server_context(certificate, self.alpn, self._client_ca)
            for name, certificate in self._files.items()
        }
        if not self._contexts:
            self.context = self._first_context()
        self._contexts = contexts
