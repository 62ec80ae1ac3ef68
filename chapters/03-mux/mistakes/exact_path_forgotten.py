# step: 5
# file: reverseproxy/proxy.py
# message: exact_path='shop' was not refused
# why: of six arguments that are handed on, one is left out, and every page is still there


class ReverseProxy:
    def add_target(
        self,
        url,
        /,
        *,
        host=None,
        port=None,
        path=None,
        exact_path=None,
        methods=(),
        headers=None,
    ):
        rule = Rule.parse(host=host, port=port, path=path, methods=methods, headers=headers)
        self._mux.add(rule, Target(Origin.parse(url), name=str(rule)))
