# step: 3
# file: reverseproxy/server_names.py
# message: garden.test is not below garden.test, and its target is
# why: a name below another one ends in it


class ServerNames:
    def target(self, hello):
        if not hello.is_tls:
            if not self._not_tls:
                raise HelloRefused("it speaks no TLS", None)
            return self._not_tls
        name = hello.name or ""
        stars = sorted((each for each in self._targets if each and each[0] == "*"), key=len)
        for pattern in [name, *reversed(stars), None]:
            if pattern in self._targets and (pattern in (name, None) or name.endswith(pattern[2:])):
                return self._targets[pattern]
        if hello.name is None:
            raise HelloRefused("it names nobody", MISSING_EXTENSION)
        raise HelloRefused(f"nobody here is {hello.name}", UNRECOGNIZED_NAME)
