# step: 3
# file: reverseproxy/server_names.py
# message: it speaks no TLS, and it got the default, which does
# why: a default is for those who have nothing else


class ServerNames:
    def target(self, hello):
        if not hello.is_tls and self._not_tls:
            return self._not_tls
        for pattern in hosts(hello.name or ""):
            if pattern in self._targets:
                return self._targets[pattern]
        if not hello.is_tls:
            raise HelloRefused("it speaks no TLS", None)
        if hello.name is None:
            raise HelloRefused("it names nobody", MISSING_EXTENSION)
        raise HelloRefused(f"nobody here is {hello.name}", UNRECOGNIZED_NAME)
