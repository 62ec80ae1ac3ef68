# step: 2
# file: reverseproxy/tls/certificates.py
# message: the file of the first name is broken: a client asks for no name, and is shown 'new rose'
# why: each file is read and put in its place


class Certificates:
    def reload(self):
        for name, certificate in self._files.items():
            if name not in self._contexts:
                self._contexts[name] = None
            self._contexts[name] = server_context(certificate, self.alpn, self._client_ca)
        self.context = self._first_context()
