# step: 1
# file: reverseproxy/message.py
# message: the case of a name made a difference
# why: browsers send small letters, so nobody notices until somebody types a name into a script


class RequestHead:
    @property
    def host(self):
        lines = self.values(b"host")
        if len(lines) != 1:
            return ""
        authority = lines[0].decode("latin-1")
        if authority.startswith("["):
            return in_one_form(authority[1:].partition("]")[0])
        return authority.partition(":")[0].removesuffix(".")
