# step: 2
# file: reverseproxy/tls/certificates.py
# message: a client asks for 'api.fid.dev', and is shown 'star.dev'
# why: a star is looked for in the order of the settings


class Certificates:
    def _choose(self, connection, name, _):
        name = (name or "").lower()
        found = self._contexts[None]
        for pattern, context in self._contexts.items():
            if pattern and pattern.startswith("*.") and name.endswith(pattern[1:]):
                found = context
                break
        connection.context = self._contexts.get(name, found)
