"""Server names: the targets of one port, by the name that clients ask for."""

from collections.abc import Mapping

from reverseproxy.client_hello import (
    MISSING_EXTENSION,
    UNRECOGNIZED_NAME,
    Hello,
    HelloRefused,
)
from reverseproxy.errors import ConfigurationError
from reverseproxy.mux import hosts
from reverseproxy.rule import host_pattern
from reverseproxy.target import Target


class ServerNames:
    """Finds the target of a connection whose TLS is passed on as it is."""

    def __init__(
        self,
        targets: Mapping[str, Target],
        *,
        default: Target | None = None,
        not_tls: Target | None = None,
    ) -> None:
        """targets: by name; "*.fid.dev" is for what ends in that, and the longest one counts.

        default: for a client that names nobody, or somebody else; None: it is refused.
        not_tls: for a client that does not speak TLS, like one of SSH; None: it is refused.

        Raises ConfigurationError for a name that is none, or is there twice, and for no name. An
        address is none: no client may ask for one in TLS (RFC 6066, section 3).
        """
        if not targets:
            raise ConfigurationError("server names", targets, "needs at least one name")
        self._targets: dict[str | None, Target] = {}
        for name, target in targets.items():
            pattern = host_pattern(name)
            if ":" in pattern or pattern.replace(".", "").isdecimal():
                raise ConfigurationError(
                    "server name", name, "is no address: nobody asks for those"
                )
            if pattern in self._targets:
                raise ConfigurationError("server name", name, "is there twice")
            self._targets[pattern] = target
        if default:
            self._targets[None] = default
        self._not_tls = not_tls

    name = "*"
    """For the log: it stands for several targets."""

    @property
    def tls(self) -> set[Target]:
        """The targets that get TLS."""
        return set(self._targets.values())

    @property
    def all(self) -> set[Target]:
        """All targets."""
        return self.tls | ({self._not_tls} if self._not_tls else set())

    def target(self, hello: Hello) -> Target:
        """The target of a client that says this.

        Raises HelloRefused when there is none for it, with the alert that says why: when it names
        nobody, MISSING_EXTENSION; when nobody here has that name, UNRECOGNIZED_NAME; when it speaks
        no TLS, none.
        """
        if not hello.is_tls:
            if not self._not_tls:
                raise HelloRefused("it speaks no TLS", None)
            return self._not_tls
        for pattern in hosts(hello.name or ""):
            if pattern in self._targets:
                return self._targets[pattern]
        if hello.name is None:
            raise HelloRefused("it names nobody", MISSING_EXTENSION)
        raise HelloRefused(f"nobody here is {hello.name}", UNRECOGNIZED_NAME)


def targets_of(target: Target | ServerNames) -> set[Target]:
    """All targets that a connection may go to."""
    return target.all if isinstance(target, ServerNames) else {target}
