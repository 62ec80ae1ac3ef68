# step: 3
# file: reverseproxy/keys.py
# message: the second of three lines is empty, and the key is
# why: an empty line leaves a comma at an end, and that is taken off


class Key:
    def _written(self, head):
        match self.kind:
            case "path":
                return head.path
            case "header":
                return b", ".join(head.values(self.name)).strip(b", ")
            case "cookie":
                return value_in(b";".join(head.values(b"cookie")), b";", self.name)
            case "query":
                return value_in(head.query, b"&", self.name)
            case _:
                return b""
