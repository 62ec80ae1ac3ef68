# step: 3
# file: reverseproxy/server_names.py
# message: there is a default for Hello(name=None
# why: without a name there is nothing to look up


class ServerNames:
    def target(self, hello):
        if hello.is_tls and hello.name is None:
            raise HelloRefused("it names nobody", MISSING_EXTENSION)
        if not hello.is_tls:
            if not self._not_tls:
                raise HelloRefused("it speaks no TLS", None)
            return self._not_tls
        for pattern in hosts(hello.name or ""):
            if pattern in self._targets:
                return self._targets[pattern]
        raise HelloRefused(f"nobody here is {hello.name}", UNRECOGNIZED_NAME)
