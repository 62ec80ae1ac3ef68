# step: 2
# file: reverseproxy/tls/certificates.py
# message: a client with a certificate of client_ca is refused
# why: the context of the listening socket asks for certificates


class Certificates:
    def reload(self):
        self._contexts = {
            name: server_context(certificate, self.alpn)
            for name, certificate in self._files.items()
        }
        self.context = self._first_context()
