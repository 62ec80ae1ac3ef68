# step: 3
# file: reverseproxy/keys.py
# message: the first of two Cookie lines has it, empty, and the key is
# why: the first line with a value is the first that is of use


class Key:
    def _written(self, head):
        match self.kind:
            case "path":
                return head.path
            case "header":
                return b", ".join(filter(None, head.values(self.name)))
            case "cookie":
                found = (value_in(line, b";", self.name) for line in head.values(b"cookie"))
                return next(filter(None, found), b"")
            case "query":
                return value_in(head.query, b"&", self.name)
            case _:
                return b""
