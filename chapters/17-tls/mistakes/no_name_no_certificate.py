# step: 2
# file: reverseproxy/tls/certificates.py
# message: a client asks for no name, and is shown 'nothing but an error
# why: who asks for nobody gets nothing


class Certificates:
    def _choose(self, connection, name, _):
        if not name:
            return
        for pattern in hosts(name.lower()):
            if pattern in self._contexts:
                connection.context = self._contexts[pattern]
                return
