# step: 1
# file: reverseproxy/message.py
# message: Host: b'[' raised ValueError
# why: what opens is closed, in everything that a browser sends


class RequestHead:
    @property
    def host(self):
        lines = self.values(b"host")
        if len(lines) != 1:
            return ""
        authority = lines[0].decode("latin-1").lower()
        if authority.startswith("["):
            return in_one_form(authority[1 : authority.index("]")])
        return authority.partition(":")[0].removesuffix(".")
