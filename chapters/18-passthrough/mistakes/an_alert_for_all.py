# step: 3
# file: reverseproxy/server_names.py
# message: so there is no alert for it, and it got alert 50
# why: who is refused is told so


class ServerNames:
    def target(self, hello):
        if not hello.is_tls:
            if not self._not_tls:
                raise HelloRefused("it speaks no TLS")
            return self._not_tls
        for pattern in hosts(hello.name or ""):
            if pattern in self._targets:
                return self._targets[pattern]
        if hello.name is None:
            raise HelloRefused("it names nobody", MISSING_EXTENSION)
        raise HelloRefused(f"nobody here is {hello.name}", UNRECOGNIZED_NAME)
