# step: 3
# file: reverseproxy/server_names.py
# message: a.garden.test is below garden.test, and its target is *.garden, not alert
# why: a dictionary knows who is there


class ServerNames:
    def target(self, hello):
        if not hello.is_tls:
            if not self._not_tls:
                raise HelloRefused("it speaks no TLS", None)
            return self._not_tls
        if hello.name in self._targets:
            return self._targets[hello.name]
        if None in self._targets:
            return self._targets[None]
        if hello.name is None:
            raise HelloRefused("it names nobody", MISSING_EXTENSION)
        raise HelloRefused(f"nobody here is {hello.name}", UNRECOGNIZED_NAME)
