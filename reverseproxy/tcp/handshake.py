"""The handshake of TLS, as long as it takes."""

import asyncio
import ssl

from reverseproxy.tcp.poller import Poller
from reverseproxy.tcp.ready import readable, writable
from reverseproxy.tls.sockets import TlsSocket


async def shake_hands(sock: TlsSocket, poller: Poller, seconds: float) -> None:
    """Returns when both sides know whom they speak with. `seconds`: how long it may take in all.

    Raises OSError when nothing comes of it; TimeoutError, which is one, when it takes too long.
    """
    async with asyncio.timeout(seconds):
        while True:
            try:
                sock.do_handshake()
            except ssl.SSLWantReadError:
                await readable(poller, sock)
            except ssl.SSLWantWriteError:
                await writable(poller, sock)
            else:
                return
