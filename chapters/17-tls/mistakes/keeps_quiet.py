# step: 2
# file: reverseproxy/tls/certificates.py
# message: the file of the default is broken, and reload says nothing
# why: a proxy that runs is not to be stopped by a file


class Certificates:
    def reload(self):
        try:
            self._contexts = {
                name: server_context(certificate, self.alpn, self._client_ca)
                for name, certificate in self._files.items()
            }
        except ConfigurationError:
            if not self._contexts:
                raise
        self.context = self._first_context()
