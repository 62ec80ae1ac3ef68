"""A reverse proxy and load balancer whose every line is explained in a book."""

from reverseproxy.errors import ConfigurationError, UpstreamError
from reverseproxy.health.active import ActiveHealth, ProbeFailed
from reverseproxy.health.panic import Panic
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.health.slow_start import SlowStart
from reverseproxy.lines.ledger import Lines
from reverseproxy.lines.proxy import LineProxy
from reverseproxy.lines.spool.spool import Spool
from reverseproxy.policies.bounded import BoundedLoad
from reverseproxy.policies.first import First
from reverseproxy.policies.least_connections import LeastConnections
from reverseproxy.policies.maglev import Maglev
from reverseproxy.policies.power_of_two import PowerOfTwo
from reverseproxy.policies.random_choice import RandomChoice
from reverseproxy.policies.ring import Ring
from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.policies.weighted import WeightedRoundRobin
from reverseproxy.probes.http import HttpProbe
from reverseproxy.probes.tcp import TcpProbe
from reverseproxy.probes.udp import UdpProbe
from reverseproxy.proxy import ReverseProxy
from reverseproxy.retry import Retry
from reverseproxy.server import run
from reverseproxy.server_names import ServerNames
from reverseproxy.target import Target
from reverseproxy.tcp.proxy import TcpProxy
from reverseproxy.tcp.splice import SplicedFlow
from reverseproxy.timeouts import Timeouts
from reverseproxy.tls.certificates import Certificates
from reverseproxy.tls.listener import TlsListener
from reverseproxy.udp.counts import DatagramCounts
from reverseproxy.udp.proxy import UdpProxy
from reverseproxy.upstream_tls import Certificate, UpstreamTls

__all__ = [
    "ActiveHealth",
    "BoundedLoad",
    "Certificate",
    "Certificates",
    "ConfigurationError",
    "DatagramCounts",
    "First",
    "HttpProbe",
    "LeastConnections",
    "LineProxy",
    "Lines",
    "Maglev",
    "Panic",
    "PassiveHealth",
    "PowerOfTwo",
    "ProbeFailed",
    "RandomChoice",
    "Retry",
    "ReverseProxy",
    "Ring",
    "RoundRobin",
    "ServerNames",
    "SlowStart",
    "SplicedFlow",
    "Spool",
    "Target",
    "TcpProbe",
    "TcpProxy",
    "Timeouts",
    "TlsListener",
    "UdpProbe",
    "UdpProxy",
    "UpstreamError",
    "UpstreamTls",
    "WeightedRoundRobin",
    "run",
]
