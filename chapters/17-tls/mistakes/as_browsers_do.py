# step: 2
# file: reverseproxy/tls/certificates.py
# message: a client asks for 'c.b.a.fid.dev', and is shown 'rose'
# why: in a certificate, a star is one label


class Certificates:
    def _choose(self, connection, name, _):
        name = (name or "").lower()
        star = "*." + name.partition(".")[2]
        for pattern in (name, star, None):
            if pattern in self._contexts:
                connection.context = self._contexts[pattern]
                return
