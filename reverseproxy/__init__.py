"""A reverse proxy and load balancer whose every line is explained in a book."""

from reverseproxy.errors import ConfigurationError, UpstreamError
from reverseproxy.health.active import ActiveHealth, ProbeFailed
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.probes.http import HttpProbe
from reverseproxy.probes.tcp import TcpProbe
from reverseproxy.proxy import ReverseProxy
from reverseproxy.retry import Retry
from reverseproxy.server import run
from reverseproxy.timeouts import Timeouts

__all__ = [
    "ActiveHealth",
    "ConfigurationError",
    "HttpProbe",
    "PassiveHealth",
    "ProbeFailed",
    "Retry",
    "ReverseProxy",
    "TcpProbe",
    "Timeouts",
    "UpstreamError",
    "run",
]
