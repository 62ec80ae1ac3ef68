# step: 2
# file: reverseproxy/tls/certificates.py
# message: is broken, nothing is new, and yet `context` is
# why: connections begin with it, so it is made first


class Certificates:
    def reload(self):
        self.context = self._first_context()
        self._contexts = {
            name: server_context(certificate, self.alpn, self._client_ca)
            for name, certificate in self._files.items()
        }
