# step: 2
# file: reverseproxy/tls/certificates.py
# message: the file of the default is broken: a client asks for no name, and is shown 'nothing
# why: the old ones are not needed any more


class Certificates:
    def reload(self):
        self._contexts = {}
        for name, certificate in self._files.items():
            self._contexts[name] = server_context(certificate, self.alpn, self._client_ca)
        self.context = self._first_context()
