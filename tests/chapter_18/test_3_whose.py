"""Step 3: whose name is it?"""

import pytest

from reverseproxy import ServerNames, Target
from reverseproxy.client_hello import (
    MISSING_EXTENSION,
    NOT_TLS,
    UNRECOGNIZED_NAME,
    Hello,
    HelloRefused,
)
from tests.support.steps import step

ROSE, GARDEN, DEEP, BLOG = (Target(f"tcp://127.0.0.1:{port}") for port in range(7, 11))
DEFAULT, OTHER = Target("tcp://127.0.0.1:11"), Target("tcp://127.0.0.1:12")

NAMES = {
    "Rose.garden.test.": ROSE,
    "*.garden.test": GARDEN,
    "*.deep.garden.test": DEEP,
    "blog.test": BLOG,
}
CALLED = {
    ROSE: "rose",
    GARDEN: "*.garden",
    DEEP: "*.deep",
    BLOG: "blog",
    DEFAULT: "default",
    OTHER: "not_tls",
}


def outcome(hello: Hello, *, default: Target | None = None, not_tls: Target | None = None) -> str:
    """Which target it gets, or with which alert it is refused."""
    try:
        target = ServerNames(NAMES, default=default, not_tls=not_tls).target(hello)
    except HelloRefused as error:
        return f"alert {error.alert}"
    except KeyError as error:
        return repr(error)
    return CALLED.get(target, repr(target))


@step(3)
def test_who_is_known_is_found() -> None:
    """A name that is there: its target.

    Why: that is what it is for.
    Read: Step 3, "Whose name is it?".
    """
    for name, wanted in (("blog.test", "blog"), ("rose.garden.test", "rose")):
        got = outcome(Hello(name), default=DEFAULT, not_tls=OTHER)
        if got != wanted:
            pytest.fail(f"{name} is there, and its target is {wanted}, not {got}")


@step(3)
def test_a_star_is_for_one_label_or_more() -> None:
    """ "*.garden.test" is for a.garden.test and for a.b.garden.test, and not for garden.test.

    Why: it means the same as in a Mux.
    Read: Step 3, "Whose name is it?".
    """
    for name in ("a.garden.test", "a.b.garden.test", "_a.garden.test"):
        got = outcome(Hello(name))
        if got != "*.garden":
            pytest.fail(f"{name} is below garden.test, and its target is *.garden, not {got}")
    for name in ("garden.test", "agarden.test", "rose-garden.test", "test", "a.garden.test.evil"):
        got = outcome(Hello(name), default=DEFAULT)
        if got != "default":
            pytest.fail(f"{name} is not below garden.test, and its target is {got}")


@step(3)
def test_the_most_specific_one_counts() -> None:
    """A whole name before a star, and a longer star before a shorter one, in whatever order.

    Why: who writes down a name means it.
    Read: Step 3, "Whose name is it?".
    """
    for name, wanted in (
        ("rose.garden.test", "rose"),
        ("a.deep.garden.test", "*.deep"),
        ("a.b.deep.garden.test", "*.deep"),
        ("deep.garden.test", "*.garden"),
    ):
        got = outcome(Hello(name))
        if got != wanted:
            pytest.fail(f"several names take {name}, the most specific one is {wanted}, not {got}")


@step(3)
def test_who_is_unknown_gets_the_default() -> None:
    """A name that is not there, or none, and a default: the default.

    Why: some upstream has to say who is here, to those who do not know.
    Read: Step 3, "Whose name is it?".
    """
    for hello in (Hello("thorn.test"), Hello()):
        got = outcome(hello, default=DEFAULT, not_tls=OTHER)
        if got != "default":
            pytest.fail(f"there is a default for {hello}, and its target is {got}")


@step(3)
def test_who_is_unknown_is_told() -> None:
    """Without a default, another name: HelloRefused, with UNRECOGNIZED_NAME.

    Why: a client says then which of its settings is wrong. "Connection reset" says nothing.
    Read: Step 3, "Whose name is it?".
    """
    for name in ("thorn.test", "garden.test"):
        for other in (None, OTHER):
            got = outcome(Hello(name), not_tls=other)
            if got != f"alert {UNRECOGNIZED_NAME}":
                pytest.fail(f"nobody here is {name}, that is alert {UNRECOGNIZED_NAME}, not {got}")
    with pytest.raises(HelloRefused) as caught:
        ServerNames(NAMES).target(Hello("thorn.test"))
    if "thorn.test" not in str(caught.value):
        pytest.fail(f"the log should say who was wanted, and it says: {caught.value}")


@step(3)
def test_who_names_nobody_is_told() -> None:
    """Without a default, no name: HelloRefused, with MISSING_EXTENSION.

    Why: a server that needs the name "SHOULD ... [send] a fatal "missing_extension" alert".
    Read: Step 3, "Whose name is it?".
    """
    for other in (None, OTHER):
        got = outcome(Hello(), not_tls=other)
        if got != f"alert {MISSING_EXTENSION}":
            pytest.fail(f"it names nobody, that is alert {MISSING_EXTENSION}, not {got}")


@step(3)
def test_a_single_name_is_not_for_all() -> None:
    """One name and nothing else, and a client that names nobody or somebody else: HelloRefused.

    Why: the second name of your port would change what the first one gets.
    Read: Step 3, "Whose name is it?".
    """
    for pattern in ("rose.test", "*.rose.test"):
        for hello in (Hello(), Hello("thorn.test")):
            try:
                ServerNames({pattern: ROSE}).target(hello)
            except HelloRefused:
                continue
            pytest.fail(f"{pattern} is the only name, and a client that names {hello.name} got it")


@step(3)
def test_who_speaks_no_tls_has_a_target_of_its_own() -> None:
    """NOT_TLS: the target for it, and never the default, nor what a name has.

    Why: the default is for TLS, and would answer GET with an error that nobody can read.
    Read: Step 3, "Whose name is it?".
    """
    for default in (None, DEFAULT):
        got = outcome(NOT_TLS, default=default, not_tls=OTHER)
        if got != "not_tls":
            pytest.fail(f"it speaks no TLS, there is a target for that, and it got {got}")


@step(3)
def test_who_speaks_no_tls_is_told_nothing() -> None:
    """NOT_TLS, and no target for it: HelloRefused, without an alert.

    Why: an alert is a word of TLS.
    Read: Step 3, "Whose name is it?".
    """
    for default in (None, DEFAULT):
        got = outcome(NOT_TLS, default=default)
        if got == "default":
            pytest.fail("it speaks no TLS, and it got the default, which does")
        if got != "alert None":
            pytest.fail(f"it speaks no TLS, so there is no alert for it, and it got {got}")
