# step: 3
# file: reverseproxy/server_names.py
# message: it names nobody, that is alert 109, not alert 112
# why: no name is a name that nobody has


class ServerNames:
    def target(self, hello):
        if not hello.is_tls:
            if not self._not_tls:
                raise HelloRefused("it speaks no TLS", None)
            return self._not_tls
        for pattern in hosts(hello.name or ""):
            if pattern in self._targets:
                return self._targets[pattern]
        raise HelloRefused(f"nobody here is {hello.name}", UNRECOGNIZED_NAME)
