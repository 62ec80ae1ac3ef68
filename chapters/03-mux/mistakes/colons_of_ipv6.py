# step: 1
# file: reverseproxy/message.py
# message: [2001:DB8::1]:8080 became '[2001'
# why: the port stands behind a colon, and an IPv6 address has colons of its own


class RequestHead:
    @property
    def host(self):
        lines = self.values(b"host")
        if len(lines) != 1:
            return ""
        return lines[0].decode("latin-1").lower().partition(":")[0].removesuffix(".")
