# step: 3
# file: reverseproxy/server_names.py
# message: several names take
# why: who writes them down puts them into the right order


class ServerNames:
    def target(self, hello):
        if not hello.is_tls:
            if not self._not_tls:
                raise HelloRefused("it speaks no TLS", None)
            return self._not_tls
        name = hello.name or ""
        fitting = set(hosts(name))
        for pattern in self._targets:
            if pattern in fitting:
                return self._targets[pattern]
        if hello.name is None:
            raise HelloRefused("it names nobody", MISSING_EXTENSION)
        raise HelloRefused(f"nobody here is {hello.name}", UNRECOGNIZED_NAME)
