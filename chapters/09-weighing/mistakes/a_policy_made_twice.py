# step: 4
# file: reverseproxy/proxy.py
# message: add_target was given a policy for the first time, and refused it
# why: the proxy makes a policy of the name, and the target makes sure


from reverseproxy.policies.names import policy_of


class ReverseProxy:
    def add_target(
        self,
        urls: str | Iterable[str] | Mapping[str, int],
        /,
        *,
        host: str | None = None,
        port: int | None = None,
        path: str | None = None,
        exact_path: str | None = None,
        methods: Collection[str] = (),
        headers: Mapping[str, str | None] | None = None,
        preserve_host: bool = True,
        policy: Policy | str = "round-robin",
        health: Iterable[Health] = (PassiveHealth(),),
        retry: Retry | None = Retry(),  # noqa: B008 - it is frozen
    ) -> None:
        rule = Rule.parse(
            host=host,
            port=port,
            path=path,
            exact_path=exact_path,
            methods=methods,
            headers=headers,
        )
        target = Target(
            urls, str(rule), preserve_host, policy=policy_of(policy), health=health, retry=retry
        )
        self._mux.add(rule, target)
        if target.checks:
            self._prober.add(target.checks)
            self._background.add(self._prober)
