"""Either version of the PROXY protocol: its first bytes tell which."""

from collections.abc import Callable

from reverseproxy.errors import ConfigurationError
from reverseproxy.proxy_protocol import binary, line
from reverseproxy.proxy_protocol.introduction import Found, Introduction, NotIntroduced

WRITERS: dict[str, Callable[[Introduction], bytes]] = {"v1": line.written, "v2": binary.written}


def read(data: bytes) -> Found | None:
    """The introduction at the beginning of `data`; None as long as more of it has to come.

    Raises NotIntroduced when no header can begin like that.
    """
    if binary.SIGNATURE.startswith(data[: len(binary.SIGNATURE)]):
        return binary.read(data)
    if line.BEGINNING.startswith(data[: len(line.BEGINNING)]):
        return line.read(data)
    raise NotIntroduced("no PROXY header")


def writer(version: str) -> Callable[[Introduction], bytes]:
    """What writes headers of "v1" or "v2". Raises ConfigurationError for another version."""
    if version not in WRITERS:
        raise ConfigurationError("send_proxy", version, f"is one of {', '.join(WRITERS)}")
    return WRITERS[version]
