# step: 2
# file: reverseproxy/tls/certificates.py
# message: alpn is mqtt, and a client that offers it hears none
# why: the context of the listening socket has said what is spoken


class Certificates:
    def reload(self):
        self._contexts = {
            name: server_context(certificate, client_ca=self._client_ca)
            for name, certificate in self._files.items()
        }
        self.context = self._first_context()
