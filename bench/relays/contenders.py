"""The relays that are measured, and how to run each: one process, and nothing but relaying.

https://nginx.org/en/docs/stream/ngx_stream_proxy_module.html
https://docs.haproxy.org/2.6/configuration.html#option%20splice-request
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import uvloop

STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
"""Where Debian's libnginx-mod-stream puts it."""

NGINX = """
daemon off;
master_process off;
{module}
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 20000; }}
stream {{
    {servers}
}}
"""

NGINX_SERVER = "server {{ listen 127.0.0.1:{port} backlog=4096; proxy_pass 127.0.0.1:{upstream}; }}"

HAPROXY = """
global
    nbthread 1
    maxconn 6000
defaults
    mode tcp
    {option}
    timeout connect 3s
    timeout client 600s
    timeout server 600s
{servers}
"""

HAPROXY_SERVER = """
listen at{port}
    bind 127.0.0.1:{port} backlog 4096
    server a 127.0.0.1:{upstream}
"""

Pairs = Sequence[tuple[int, int]]
"""Ports to listen at, and the port of the upstream behind each."""


class Missing(Exception):
    """A relay cannot be run here; the text says what would help."""


@dataclass(frozen=True)
class Python:
    """One of bench/relays/programs.py."""

    name: str
    program: str

    def version(self) -> str:
        """Of what runs it."""
        return f"Python {platform.python_version()}, uvloop {version(uvloop.__name__)}"

    def command(self, folder: Path, pairs: Pairs) -> list[str]:
        """What runs it."""
        ports = [str(port) for pair in pairs for port in pair]
        return [sys.executable, "-m", "bench.relays.programs", self.program, *ports]


@dataclass(frozen=True)
class Nginx:
    """nginx, with its module stream."""

    name: str = "nginx stream"

    def version(self) -> str:
        """As `nginx -v` says it. Raises Missing."""
        self.module()
        return said("nginx", "-v").strip().rpartition("/")[2]

    def command(self, folder: Path, pairs: Pairs) -> list[str]:
        """What runs it; its file is written."""
        servers = (NGINX_SERVER.format(port=port, upstream=upstream) for port, upstream in pairs)
        text = NGINX.format(folder=folder, module=self.module(), servers="\n    ".join(servers))
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
        return ["nginx", "-e", "stderr", "-c", str(folder / "nginx.conf")]

    def module(self) -> str:
        """The line that loads the module, where it is not built in. Raises Missing."""
        if not shutil.which("nginx"):
            raise Missing("apt-get install nginx libnginx-mod-stream")
        if STREAM_MODULE.exists():
            return f"load_module {STREAM_MODULE};"
        if "--with-stream " in said("nginx", "-V"):
            return ""
        raise Missing("apt-get install libnginx-mod-stream")


@dataclass(frozen=True)
class HAProxy:
    """HAProxy, with one thread."""

    name: str
    option: str = ""

    def version(self) -> str:
        """As `haproxy -v` says it. Raises Missing."""
        if not shutil.which("haproxy"):
            raise Missing("apt-get install haproxy")
        return said("haproxy", "-v").split()[2]

    def command(self, folder: Path, pairs: Pairs) -> list[str]:
        """What runs it; its file is written."""
        servers = (HAPROXY_SERVER.format(port=port, upstream=upstream) for port, upstream in pairs)
        text = HAPROXY.format(option=self.option, servers="".join(servers))
        (folder / "haproxy.cfg").write_text(text, encoding="utf-8")
        return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


Contender = Python | Nginx | HAProxy

REFERENCE = Nginx()
"""What the others are compared with."""

CONTENDERS: tuple[Contender, ...] = (
    REFERENCE,
    HAProxy("HAProxy"),
    HAProxy("HAProxy, spliced", "option splice-request\n    option splice-response"),
    Python("this proxy", "ours"),
    Python("this proxy, spliced", "ours-spliced"),
    Python("this proxy, add_reader", "ours-add-reader"),
    Python("asyncio streams", "streams"),
    Python("asyncio Protocol", "protocols"),
    Python("asyncio BufferedProtocol", "buffered"),
)
"""In the order in which they have their turns."""


def said(*command: str) -> str:
    """What a command writes."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=10, check=True, env={**os.environ}
    )
    return done.stdout + done.stderr
