# step: 4
# file: reverseproxy/target.py
# message: one object is the policy of two targets
# why: an object is a policy as it is


class Target:
    def __init__(
        self,
        urls,
        name="*",
        preserve_host=True,
        *,
        policy="round-robin",
        health=(PassiveHealth(),),  # noqa: B008 - it is frozen
        retry=Retry(),  # noqa: B008 - it is frozen
        clock=monotonic,
    ):
        self.upstreams = Upstreams.parse(urls)
        self.name = name
        self.preserve_host = preserve_host
        self._clock = clock
        self._policy = policy_of(policy) if isinstance(policy, str) else policy
        self.retry = retry
        self.budget = Budget(retry or Retry(), clock)
        watching = [each.watch(self.upstreams) for each in health]
        self._observers = [each for each in watching if isinstance(each, Observer)]
        for setting, kind in (("PassiveHealth", Ejector), ("ActiveHealth", Checks)):
            if sum(isinstance(each, kind) for each in watching) > 1:
                raise ConfigurationError("health", setting, "is there twice; one has the say")
        self.checks = [c for each in watching if isinstance(each, Checks) for c in each.all]
