# step: 2
# file: reverseproxy/tls/certificates.py
# message: a client asks for 'DAISY.test', and is shown 'rose'
# why: a name is looked up as it comes


class Certificates:
    def _choose(self, connection, name, _):
        for pattern in hosts(name or ""):
            if pattern in self._contexts:
                connection.context = self._contexts[pattern]
                return
