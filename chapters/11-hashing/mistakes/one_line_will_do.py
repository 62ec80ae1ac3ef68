# step: 3
# file: reverseproxy/keys.py
# message: the cookie is in the second Cookie line
# why: browsers send one Cookie line


class Key:
    def _written(self, head):
        match self.kind:
            case "path":
                return head.path
            case "header":
                return b", ".join(filter(None, head.values(self.name)))
            case "cookie":
                return value_in((head.values(b"cookie") or [b""])[0], b";", self.name)
            case "query":
                return value_in(head.query, b"&", self.name)
            case _:
                return b""
