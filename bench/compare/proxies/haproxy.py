"""HAProxy: active checks, traffic that is watched, and retries on another server.

https://docs.haproxy.org/2.6/configuration.html, section 4.2
    retries; option redispatch 1: another server at every retry
    retry-on: without it only connections are retried; these are the failures before any answer
    option httpchk, timeout check, timeout server
    option dontlog-normal: what needed no retry is not logged
section 5.2
    inter, fall, rise (the two last as they are by default); fastinter once a check has failed
    observe layer7, error-limit, on-error mark-down: failing requests take a server down
https://docs.haproxy.org/2.6/management.html, section 9.3: set server <backend>/<server> state drain
"""

import asyncio
import re
import shutil
from collections.abc import Mapping, Sequence

from bench.compare.processes import Broken, Running, output
from bench.compare.proxies.contender import CHECK, CONNECT, RETRIES, SILENCE, Stage
from bench.compare.upstreams import Upstream

SETTINGS = """
global
    nbthread 1
    log stdout format raw local0
    stats socket {folder}/admin level admin
defaults
    mode http
    log global
    option httplog
    option dontlog-normal
    timeout connect {connect}s
    timeout client 60s
    timeout server {silence}s
    timeout check {check}s
    retries {retries}
    option redispatch 1
    retry-on conn-failure empty-response response-timeout
frontend in
    bind 127.0.0.1:{port} backlog 1024
    default_backend three
backend three
    balance roundrobin
    option httpchk GET /healthz
    default-server check inter {check}s fastinter 200ms
    default-server observe layer7 error-limit 3 on-error mark-down
    {servers}
"""


class HAProxy:
    """Debian's HAProxy."""

    name = "HAProxy"
    package = "haproxy"
    # Retries are the last of five numbers, with a plus when another server had the last one.
    in_vain = re.compile(r" \d+/\d+/\d+/\d+/\+?[1-9]\d* ")
    settings = (
        f"httpchk each {CHECK}s, fastinter 200ms, observe layer7 error-limit 3 on-error mark-down; "
        f"retries {RETRIES}, redispatch 1, retry-on conn-failure empty-response response-timeout"
    )

    async def version(self) -> str | None:
        """As `haproxy -v` says it."""
        return (await output("haproxy", "-v")).split()[2] if shutil.which("haproxy") else None

    def command(self, stage: Stage) -> tuple[Sequence[str], Mapping[str, str]]:
        """-db: one process, in the foreground."""
        text = SETTINGS.format(
            folder=stage.folder,
            port=stage.port,
            connect=CONNECT,
            silence=SILENCE,
            check=CHECK,
            retries=RETRIES,
            servers="\n    ".join(f"server {each.name} {each.address}" for each in stage.upstreams),
        )
        file = stage.folder / "haproxy.cfg"
        file.write_text(text, encoding="utf-8")
        return ["haproxy", "-db", "-f", str(file)], {}

    async def drain(self, stage: Stage, program: Running, upstream: Upstream) -> None:
        """A word to its socket."""
        reader, writer = await asyncio.open_unix_connection(stage.folder / "admin")
        writer.write(f"set server three/{upstream.name} state drain\n".encode())
        told = (await reader.read()).decode().strip()
        writer.close()
        if told:
            raise Broken(f"HAProxy does not drain: {told}")
