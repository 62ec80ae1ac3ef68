# step: 1
# file: reverseproxy/message.py
# message: of two Host lines, 'roses.example' was believed
# why: the first one is as good as the second, and the upstream may take the other


class RequestHead:
    @property
    def host(self):
        authority = (self.values(b"host") or [b""])[0].decode("latin-1").lower()
        if authority.startswith("["):
            return in_one_form(authority[1:].partition("]")[0])
        return authority.partition(":")[0].removesuffix(".")
