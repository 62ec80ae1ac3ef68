"""Where clients speak TLS."""

import socket
from dataclasses import dataclass

from reverseproxy.tls.certificates import Certificates


@dataclass(frozen=True, slots=True)
class TlsListener:
    """A place to listen, where clients are to speak TLS.

    place: "address:port", or a socket that is bound already; it is not to be used again.
    """

    place: str | socket.socket
    certificates: Certificates
