# step: 3
# file: reverseproxy/server_names.py
# message: a.b.garden.test is below garden.test
# why: in a certificate, a star stands for one label


class ServerNames:
    def target(self, hello):
        if not hello.is_tls:
            if not self._not_tls:
                raise HelloRefused("it speaks no TLS", None)
            return self._not_tls
        name = hello.name or ""
        for pattern in (name, "*." + name.partition(".")[2], None):
            if pattern in self._targets:
                return self._targets[pattern]
        if hello.name is None:
            raise HelloRefused("it names nobody", MISSING_EXTENSION)
        raise HelloRefused(f"nobody here is {hello.name}", UNRECOGNIZED_NAME)
