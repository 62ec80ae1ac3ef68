"""Certificates: who we are depends on whom a client asks for."""

import ssl
from collections.abc import Mapping, Sequence

from reverseproxy.errors import ConfigurationError
from reverseproxy.mux import hosts
from reverseproxy.rule import host_pattern
from reverseproxy.tls.contexts import server_context
from reverseproxy.upstream_tls import Certificate, Path, check_alpn

Contexts = Mapping[str | None, ssl.SSLContext]
"""By the name that is asked for; None: for all others."""


class Certificates:
    """The certificates of a listening socket. Each client is shown the one of the name it asks for.

    The name comes with the first message of a client (SNI). One without a name, or with another,
    is shown the default.
    """

    def __init__(
        self,
        default: Certificate,
        names: Mapping[str, Certificate] | None = None,
        *,
        alpn: Sequence[str] = (),
        client_ca: Path | None = None,
    ) -> None:
        """names: the certificate of each name; "*.fid.dev" is for what ends in that.

        alpn: the protocols that are spoken here, the best first; (): not a word about it.
        client_ca: a PEM file of authorities; clients have to show a certificate of theirs.

        Raises ConfigurationError for a name or a protocol that is none, and for a file that
        cannot be used.
        """
        self._files: dict[str | None, Certificate] = {None: default}
        for name, certificate in (names or {}).items():
            if (pattern := host_pattern(name)) in self._files:
                raise ConfigurationError("certificate name", name, "is there twice")
            self._files[pattern] = certificate
        check_alpn(alpn)
        self.alpn, self._client_ca = tuple(alpn), client_ca
        self.context: ssl.SSLContext
        """For each connection that begins, until it is known whom the client asks for."""
        self._contexts: Contexts = {}
        self.reload()

    def reload(self) -> None:
        """Reads all files again, for the connections to come; those that there are go on.

        They begin with another `context`, for sessions belong to the one that they began in: nobody
        resumes a session of before, whose certificate may not be believed any more.

        Raises ConfigurationError for a file that cannot be used; then all stays as it was.
        """
        contexts = {
            name: server_context(certificate, self.alpn, self._client_ca)
            for name, certificate in self._files.items()
        }
        self.context = self._first_context()
        self._contexts = contexts

    def _first_context(self) -> ssl.SSLContext:
        """A context that shows nothing, and gives way to the one of the client's name."""
        context = server_context(None, self.alpn, self._client_ca)
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        """Sets the context of a connection: of its exact name, else of the longest that fits."""
        for pattern in hosts((name or "").lower()):
            if pattern in self._contexts:
                connection.context = self._contexts[pattern]
                return
