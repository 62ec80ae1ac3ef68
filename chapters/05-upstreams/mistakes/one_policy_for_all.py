# step: 3
# file: reverseproxy/target.py
# message: two targets share one turn
# why: a default is made once, when the function is defined: here, one policy for all targets


class Target:
    def __init__(self, urls, name="*", preserve_host=True, policy=RoundRobin()):  # noqa: B008 - the mistake
        self.upstreams = Upstreams.parse(urls)
        self.name = name
        self.preserve_host = preserve_host
        self._policy = policy
