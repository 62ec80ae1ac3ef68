# step: 1
# file: reverseproxy/target.py
# message: a use has begun, and nobody counted it
# why: it is asked for each request, and that looks like enough


class Target:
    def __init__(
        self,
        urls: str | Iterable[str] | Mapping[str, int],
        name: str = "*",
        preserve_host: bool = True,
        *,
        policy: Policy | Keyed | str = "round-robin",
        key: str | None = None,
        health: Iterable[Health] = (PassiveHealth(),),  # noqa: B008 - it is frozen
        retry: Retry | None = Retry(),  # noqa: B008 - it is frozen
        clock: Clock = monotonic,
    ) -> None:
        self.upstreams = Upstreams.parse(urls)
        self.name = name
        self.preserve_host = preserve_host
        self._clock = clock
        chosen = policy_of(policy)
        self._choose = choosing(chosen)
        self.key = Key.parse(key or "address") if isinstance(chosen, Keyed) else None
        if key and not self.key:
            raise ConfigurationError("key", key, f"needs a keyed policy: {', '.join(KEYED)}")
        self.retry = retry
        self.budget = Budget(retry or Retry(), clock)
        if isinstance(chosen, Keyed):
            chosen.prepare(self.upstreams)
        watching = [each.watch(self.upstreams) for each in health]
        hearing = [chosen, *watching]
        self._observers = [each for each in hearing if isinstance(each, Observer)]
        for setting, kind in (("PassiveHealth", Ejector), ("ActiveHealth", Checks)):
            if sum(isinstance(each, kind) for each in watching) > 1:
                raise ConfigurationError("health", setting, "is there twice; one has the say")
        self.checks = [c for each in watching if isinstance(each, Checks) for c in each.all]
