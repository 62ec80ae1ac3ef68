"""Contexts: what both ends of TLS go by."""

import logging
import ssl
from collections.abc import Sequence
from functools import cache

import httpx

from reverseproxy.errors import ConfigurationError
from reverseproxy.target import Target
from reverseproxy.upstream_tls import Certificate, Path, UpstreamTls

logger = logging.getLogger(__name__)


def server_context(
    certificate: Certificate | None, alpn: Sequence[str] = (), client_ca: Path | None = None
) -> ssl.SSLContext:
    """For the end that clients connect to. TLS 1.2 or newer, without renegotiation.

    certificate: who we are. alpn: the protocols that we speak, the best first.
    client_ca: PEM; clients have to show a certificate of these authorities. None: nobody has to.

    Raises ConfigurationError for a file that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(alpn)
    if certificate:
        show(context, certificate)
    if client_ca is not None:
        believe(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@cache
def upstream_context(settings: UpstreamTls, alpn: tuple[str, ...]) -> ssl.SSLContext:
    """For the end that connects to upstreams. TLS 1.2 or newer, without renegotiation; certificates
    and names are verified, unless `insecure_skip_verify` is set.

    It is made once: reading certificates takes long.

    Raises ConfigurationError for a file that cannot be used.
    """
    if settings.ca_file is None:
        context = httpx.create_ssl_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        believe(context, settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(alpn)
    if settings.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.certificate:
        show(context, settings.certificate)
    return context


def prepare(target: Target, alpn: tuple[str, ...] | None = None) -> None:
    """Makes the contexts of a target's upstreams now, so that mistakes are found at the start.

    alpn: the only protocols that can be spoken here; None: those of the settings.

    Raises ConfigurationError for a file that cannot be used.
    """
    used = {upstream.tls for upstream in target.upstreams if upstream.origin.is_secure}
    for settings in used:
        upstream_context(settings, settings.alpn if alpn is None else alpn)
        if settings.insecure_skip_verify:
            logger.warning(
                "insecure_skip_verify: anybody can pass for the upstreams of %s", target.name
            )


def show(context: ssl.SSLContext, certificate: Certificate) -> None:
    """Has this end show a certificate. Raises ConfigurationError when it cannot be used."""
    try:
        # Without a password given, OpenSSL would ask the terminal for one, and wait.
        context.load_cert_chain(certificate.chain, certificate.key, password="")
    except (OSError, ValueError) as error:
        names = f"{certificate.chain}, {certificate.key}"
        allowed = f"are PEM files of a certificate and its key, without a password ({why(error)})"
        raise ConfigurationError("certificate", names, allowed) from error


def believe(context: ssl.SSLContext, ca_file: Path) -> None:
    """Has this end believe these authorities alone. Raises ConfigurationError for no PEM file."""
    try:
        context.load_verify_locations(ca_file)
    except (OSError, ValueError) as error:
        allowed = f"is a PEM file of certificates ({why(error)})"
        raise ConfigurationError("ca_file", str(ca_file), allowed) from error


def why(error: Exception) -> str:
    """What is wrong with a file, in a few words."""
    if isinstance(error, ssl.SSLError):
        return (error.reason or "cannot be read").replace("_", " ").lower()
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
