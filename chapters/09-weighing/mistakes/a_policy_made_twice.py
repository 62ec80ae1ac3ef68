# step: 4
# file: reverseproxy/proxy.py
# message: add_target was given a policy for the first time, and refused it
# why: the proxy makes a policy of the name, and the target makes sure


from reverseproxy.policies.names import policy_of


class ReverseProxy:
    def add_target(
        self,
        urls,
        /,
        *,
        host=None,
        port=None,
        path=None,
        exact_path=None,
        methods=(),
        headers=None,
        preserve_host=True,
        policy="round-robin",
        health=(PassiveHealth(),),  # noqa: B008 - it is frozen
        retry=Retry(),  # noqa: B008 - it is frozen
    ):
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
