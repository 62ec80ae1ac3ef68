# step: 1
# file: reverseproxy/message.py
# message: [2001:db8:0:0::1] became '2001:db8:0:0::1'
# why: without its brackets, an address looks ready to be compared


class RequestHead:
    @property
    def host(self):
        lines = self.values(b"host")
        if len(lines) != 1:
            return ""
        authority = lines[0].decode("latin-1").lower()
        if authority.startswith("["):
            return authority[1:].partition("]")[0]
        return authority.partition(":")[0].removesuffix(".")
