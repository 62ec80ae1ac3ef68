# step: 2
# file: reverseproxy/tls/certificates.py
# message: AttributeError: 'NoneType' object has no attribute 'lower'
# why: a client says whom it wants


class Certificates:
    def _choose(self, connection, name, _):
        for pattern in hosts(name.lower()):
            if pattern in self._contexts:
                connection.context = self._contexts[pattern]
                return
