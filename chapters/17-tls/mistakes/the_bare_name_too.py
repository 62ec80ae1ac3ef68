# step: 2
# file: reverseproxy/tls/certificates.py
# message: a client asks for 'a.fid.dev', and is shown 'star.a.fid.dev'
# why: who has all names below a name has that one, too


class Certificates:
    def _choose(self, connection, name, _):
        name = (name or "").lower()
        bare = "*." + name
        patterns = [name, bare, *list(hosts(name))[1:]]
        for pattern in patterns:
            if pattern in self._contexts:
                connection.context = self._contexts[pattern]
                return
