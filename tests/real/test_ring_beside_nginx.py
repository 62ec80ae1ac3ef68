"""The ring beside nginx's: the same settings and the same keys, upstream for upstream."""

import asyncio
import http.client
from pathlib import Path

import pytest

from reverseproxy.policies.ring import Ring
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.real.test_real_peers import process, program
from tests.support.loopback import closed_port

# Nobody listens there, and nobody has to: the answer says whom nginx has asked in vain.
WEIGHTS = {
    "127.0.0.1:1": 1,
    "127.0.0.1:2": 2,
    "127.0.0.1:3": 3,
    "127.0.0.1:4": 10,
    "[::1]:5": 2,
    "127.0.0.9": 3,
    "localhost:6": 1,
}

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log /dev/null crit;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 100000;
    upstream them {{ hash $arg_key consistent; {servers} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://them;
            proxy_next_upstream off;
            add_header X-Asked $upstream_addr always;
        }}
    }}
}}
"""


def asked(port: int, keys: list[str]) -> list[str]:
    """Whom nginx asks for each key: an address and a port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    found = []
    try:
        for key in keys:
            connection.request("GET", f"/?key={key}")
            answer = connection.getresponse()
            answer.read()
            found.append(answer.headers["X-Asked"])
    finally:
        connection.close()
    return found


def is_at(upstream: Upstream, address: str) -> bool:
    """Whether that is the address of the upstream; a name may have one of several."""
    host, _, port = address.rpartition(":")
    if upstream.origin.port != int(port):
        return False
    return upstream.origin.host in ("localhost", host.strip("[]"))


@pytest.mark.parametrize("weights", [WEIGHTS, dict.fromkeys(WEIGHTS, 1)])
async def test_ten_thousand_keys_go_where_nginx_sends_them(
    tmp_path: Path, weights: dict[str, int]
) -> None:
    port, settings = closed_port(), tmp_path / "nginx.conf"
    servers = "".join(f"server {name} weight={w} max_fails=0; " for name, w in weights.items())
    settings.write_text(NGINX.format(folder=tmp_path, port=port, servers=servers))
    upstreams = Upstreams.parse({f"http://{name}": w for name, w in weights.items()})
    keys, ring = [f"key{number}" for number in range(10_000)], Ring()

    async with process(program("nginx", "nginx"), "-c", str(settings), port=port):
        theirs = await asyncio.to_thread(asked, port, keys)

    ours = [ring.find(key.encode(), upstreams, lambda _: True) for key in keys]
    others = [
        f"{key}: nginx asks {address}, and the ring {upstream}"
        for key, address, upstream in zip(keys, theirs, ours, strict=True)
        if upstream is None or not is_at(upstream, address)
    ]
    assert not others, f"{len(others)} of {len(keys)}: {others[:5]}"
