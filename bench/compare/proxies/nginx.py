"""nginx: passive only, as the one that is free has no active checks.

https://nginx.org/en/docs/http/ngx_http_upstream_module.html
    #server: max_fails, fail_timeout; `down` for one that gets nothing
    #keepalive: connections that are kept, with the two settings of the proxy that it needs
https://nginx.org/en/docs/http/ngx_http_proxy_module.html
    #proxy_next_upstream, #proxy_next_upstream_tries, #proxy_connect_timeout, #proxy_read_timeout
https://nginx.org/en/docs/control.html#reconfiguration
    HUP: new workers have the new file, the old ones finish what they have
"""

import os
import re
import shutil
import signal
from collections.abc import Mapping, Sequence

from bench.compare.processes import Running, output
from bench.compare.proxies.contender import CONNECT, OUT, RETRIES, SILENCE, Stage
from bench.compare.upstreams import Upstream

SETTINGS = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream three {{
        {servers}
        keepalive 16;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{
            proxy_pass http://three;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_connect_timeout {connect}s;
            proxy_read_timeout {silence}s;
            proxy_next_upstream error timeout;
            proxy_next_upstream_tries {tries};
        }}
    }}
}}
"""


class Nginx:
    """Debian's nginx."""

    name = "nginx"
    package = "nginx"
    in_vain = re.compile("while (connecting to|reading response header from) upstream")
    settings = f"max_fails=1 fail_timeout={OUT}s; proxy_next_upstream error timeout; keepalive"

    async def version(self) -> str | None:
        """As `nginx -v` says it."""
        if not shutil.which("nginx"):
            return None
        return (await output("nginx", "-v")).strip().partition("/")[2]

    def command(self, stage: Stage) -> tuple[Sequence[str], Mapping[str, str]]:
        """One master, which a reload needs, and one worker."""
        self._write(stage, down=None)
        return ["nginx", "-e", "stderr", "-c", str(stage.folder / "nginx.conf")], {}

    async def drain(self, stage: Stage, program: Running, upstream: Upstream) -> None:
        """`down` in the file, and a reload."""
        self._write(stage, down=upstream)
        program.signal(signal.SIGHUP)

    def _write(self, stage: Stage, down: Upstream | None) -> None:
        servers = (
            f"server {each.address} "
            + ("down;" if each is down else f"max_fails=1 fail_timeout={OUT}s;")
            for each in stage.upstreams
        )
        text = SETTINGS.format(
            # Its workers of root are somebody else, who may not look into the folder.
            user="user root;" if os.geteuid() == 0 else "",
            folder=stage.folder,
            servers="\n        ".join(servers),
            port=stage.port,
            connect=CONNECT,
            silence=SILENCE,
            tries=RETRIES + 1,
        )
        (stage.folder / "nginx.conf").write_text(text, encoding="utf-8")
