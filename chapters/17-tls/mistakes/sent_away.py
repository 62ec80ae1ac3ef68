# step: 2
# file: reverseproxy/tls/certificates.py
# message: a client asks for 'iris.test', and is shown 'nothing but an error
# why: who asks for somebody else is in the wrong place


class Certificates:
    def _choose(self, connection, name, _):
        if name is None:
            connection.context = self._contexts[None]
            return None
        for pattern in hosts(name.lower()):
            if pattern and pattern in self._contexts:
                connection.context = self._contexts[pattern]
                return None
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
