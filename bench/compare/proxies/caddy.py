"""Caddy: active checks, passive ones, and retries.

https://caddyserver.com/docs/caddyfile/directives/reverse_proxy
    #load-balancing: lb_policy, lb_retries, lb_try_duration, lb_try_interval
    #active-health-checks: health_uri, health_interval, health_timeout
    #passive-health-checks: fail_duration, max_fails
    #the-http-transport: dial_timeout, response_header_timeout (without: no limit)
https://caddyserver.com/docs/command-line#caddy-reload
    how an upstream leaves: a file without it; what runs goes on
https://pkg.go.dev/runtime: GOMAXPROCS, for one worker as the others have it
"""

import re
import shutil
from collections.abc import Mapping, Sequence

from bench.compare.processes import Running, output
from bench.compare.proxies.contender import CHECK, CONNECT, OUT, RETRIES, SILENCE, Stage
from bench.compare.upstreams import Upstream

# lb_try_interval is 250ms by default: a client would wait for so long between two upstreams.
SETTINGS = """
{{
    admin unix/{folder}/admin
    auto_https off
    log {{
        output stderr
        level DEBUG
        include http.handlers.reverse_proxy
    }}
}}
http://:{port} {{
    bind 127.0.0.1
    reverse_proxy {upstreams} {{
        lb_policy round_robin
        lb_retries {retries}
        lb_try_duration 10s
        lb_try_interval 10ms
        health_uri /healthz
        health_interval {check}s
        health_timeout {check}s
        fail_duration {out}s
        max_fails 1
        transport http {{
            dial_timeout {connect}s
            response_header_timeout {silence}s
        }}
    }}
}}
"""


class Caddy:
    """Debian's Caddy."""

    name = "Caddy"
    package = "caddy"
    in_vain = re.compile('"msg":"upstream roundtrip".*"error":')
    settings = (
        f"health_uri each {CHECK}s, fail_duration {OUT}s, max_fails 1; lb_retries {RETRIES}, "
        "lb_try_interval 10ms"
    )

    async def version(self) -> str | None:
        """As `caddy version` says it."""
        return (await output("caddy", "version")).split()[0] if shutil.which("caddy") else None

    def command(self, stage: Stage) -> tuple[Sequence[str], Mapping[str, str]]:
        """In the foreground, with a home of its own."""
        file = self._write(stage, stage.upstreams)
        homes = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
        env = {"GOMAXPROCS": "1", **dict.fromkeys(homes, str(stage.folder))}
        return ["caddy", "run", "--adapter", "caddyfile", "--config", file], env

    async def drain(self, stage: Stage, program: Running, upstream: Upstream) -> None:
        """A new file without the upstream."""
        file = self._write(stage, [each for each in stage.upstreams if each is not upstream])
        address = f"unix/{stage.folder}/admin"
        await output(
            "caddy", "reload", "--adapter", "caddyfile", "--config", file, "--address", address
        )

    def _write(self, stage: Stage, upstreams: Sequence[Upstream]) -> str:
        text = SETTINGS.format(
            folder=stage.folder,
            port=stage.port,
            upstreams=" ".join(each.address for each in upstreams),
            retries=RETRIES,
            check=CHECK,
            out=OUT,
            connect=CONNECT,
            silence=SILENCE,
        )
        file = stage.folder / "Caddyfile"
        file.write_text(text, encoding="utf-8")
        return str(file)
