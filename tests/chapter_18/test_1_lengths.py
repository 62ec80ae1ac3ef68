"""Step 1: lengths within lengths."""

import ssl

import pytest

from reverseproxy.client_hello import DECODE_ERROR, Hello, HelloRefused, Part, hello, server_name
from tests.chapter_18.hellos import (
    GREASE,
    bare,
    body,
    counted,
    extension,
    naming,
    real,
    why,
)
from tests.support.steps import step

ROSE = naming(b"rose.test")
LONG = b".".join([b"a" * 49] * 5)
"""249 characters: with four more it is the longest name that there can be."""


def read(content: bytes) -> Hello | str:
    """What it says, or why it was refused."""
    try:
        return hello(content)
    except HelloRefused as error:
        return why(error)


def name_in(content: bytes) -> str:
    """The name in the extension, or why it was refused."""
    try:
        return str(server_name(Part(content)))  # whatever it is: None is no name either
    except HelloRefused as error:
        return f"refused: {why(error)}"


@step(1)
@pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"]
)
def test_a_real_one_says_whom_it_wants(version: ssl.TLSVersion) -> None:
    """What OpenSSL says to rose.test, in TLS 1.2 and in TLS 1.3: Hello("rose.test").

    Why: it is the one thing in it that the proxy wants to know.
    Read: Step 1, "Lengths within lengths".
    """
    for name in ("rose.test", "a.rose.test", "localhost"):
        said = read(real(name, version)[9:])
        if said != Hello(name):
            pytest.fail(f"OpenSSL wants {name} over {version.name}, and that was read as {said}")
    said = read(real(None, version)[9:])
    if said != Hello():
        pytest.fail(f"OpenSSL names nobody over {version.name}, and that was read as {said}")


@step(1)
def test_what_stands_before_the_extensions_has_any_length() -> None:
    """A session of 0 to 32 bytes, any number of ciphers, one or two compressions: the name.

    Why: a session that is resumed is as long as the server that gave it wanted.
    Read: Step 1, "Lengths within lengths".
    """
    for session in (b"", b"\x07", b"\x07" * 32):
        for ciphers in (b"\x13\x01", b"\x13\x01" * 300):
            for nulls in (b"\0", b"\1\0"):
                said = read(bare(session, ciphers, nulls) + counted(ROSE, 2))
                if said != Hello("rose.test"):
                    lengths = len(session), len(ciphers), len(nulls)
                    pytest.fail(f"lengths of {lengths} before the extensions, and it says: {said}")


@step(1)
def test_the_name_is_where_its_extension_is() -> None:
    """Other extensions before it and behind it, known or not: they count for nothing.

    Why: browsers shuffle them, and invent some that nobody knows, so that nobody relies on them.
    Read: Step 1, "Lengths within lengths".
    """
    others = (
        extension(GREASE),
        extension(10, counted(b"\0\x1d\0\x17", 2)),
        extension(65_281, b"\0"),
    )
    for at in range(4):
        said = read(body(*others[:at], ROSE, *others[at:]))
        if said != Hello("rose.test"):
            pytest.fail(f"behind {at} other extensions it wants rose.test, and it says: {said}")
    for decoy in (naming(b"thorn.test"), b"\0" * 40 + naming(b"thorn.test") + b"\0" * 40):
        said = read(body(extension(21, decoy), ROSE))
        if said != Hello("rose.test"):
            pytest.fail(f"within another extension is something like a name, and it says: {said}")


@step(1)
def test_the_type_of_an_extension_is_two_bytes() -> None:
    """Extensions 0x0100, 0x00ff and 0xff00, whatever is in them: they count for nothing.

    Why: 0xff01 is in use, and many others are going to be. Only 0x0000 is for names.
    Read: Step 1, "Lengths within lengths".
    """
    for kind in (0x0100, 0x00FF, 0xFF00):
        for content in (b"", naming(b"thorn.test")[4:]):
            said = read(body(extension(kind, content), ROSE))
            if said != Hello("rose.test"):
                pytest.fail(
                    f"{kind:#06x} is no extension for names, 0x0000 is, and it says: {said}"
                )


@step(1)
def test_who_names_nobody_is_in_order() -> None:
    """Other extensions, none of them, or not even a length for them: Hello(None).

    Why: who calls an address, or is old enough, has no name to say. That is no error, yet.
    Read: Step 1, "Lengths within lengths".
    """
    for content in (body(extension(GREASE), extension(43, b"\x02\x03\x04")), body()):
        said = read(content)
        if said != Hello():
            pytest.fail(f"it names nobody, which is allowed, and that was read as: {said}")
    said = read(bare())
    if said != Hello():
        pytest.fail(f"TLS 1.0 may end before the extensions, and that was read as: {said}")


@step(1)
def test_a_name_is_lower_case() -> None:
    """ROSE.Test is rose.test.

    Why: names are compared without regard to case, and dictionaries are not.
    Read: Step 1, "Lengths within lengths".
    """
    said = read(body(naming(b"ROSE.Test")))
    if said != Hello("rose.test"):
        pytest.fail(f"it wants ROSE.Test, which is rose.test, and it says: {said}")


@step(1)
def test_a_body_that_is_cut_is_refused() -> None:
    """Each beginning of a ClientHello's body: HelloRefused, and nothing else is ever raised.

    Why: each length in it is what a stranger says. An IndexError would be in the log as a bug.
    Read: Step 1, "Lengths within lengths".
    """
    for content in (body(extension(GREASE), ROSE), real("rose.test")[9:]):
        least = 35 + content[34]
        least += 2 + int.from_bytes(content[least : least + 2])
        least += 1 + content[least]  # it may end here, and have no extensions
        for length in range(len(content)):
            try:
                said = hello(content[:length])
            except HelloRefused as error:
                if error.alert != DECODE_ERROR:
                    pytest.fail(f"what is broken is alert {DECODE_ERROR}, and it was: {why(error)}")
                continue
            except Exception as error:  # noqa: BLE001 - that is the question
                pytest.fail(f"{length} of {len(content)} bytes raised {error!r}, no HelloRefused")
            if length != least:
                pytest.fail(f"{length} of {len(content)} bytes, and it was read as {said}")


@step(1)
def test_what_is_longer_than_it_says_is_refused() -> None:
    """Bytes behind the extensions, or behind the list of names in its extension: HelloRefused.

    Why: whoever else reads it may go by the other length, and find another name.
    Read: Step 1, "Lengths within lengths".
    """
    for rest in (b"\0", ROSE):
        said = read(body(ROSE) + rest)
        if isinstance(said, Hello):
            pytest.fail(f"{rest!r} stands behind all extensions, and it was read as {said}")
    entry = b"\0" + counted(b"rose.test", 2)
    for content in (counted(entry, 2) + b"\0", counted(entry, 2) + counted(entry, 2)):
        said = name_in(content)
        if not said.startswith("refused"):
            pytest.fail(f"something stands behind the list of names, and it was read as {said}")


@step(1)
def test_lengths_that_disagree_are_refused() -> None:
    """A name longer than its list, a list longer than its extension: HelloRefused.

    Why: what is beyond the end belongs to something else.
    Read: Step 1, "Lengths within lengths".
    """
    for content in (
        counted(b"\0\0\x0arose.test", 2),
        counted(b"\0\xff\xffrose.test", 2),
        b"\0\x0d\0\0\x09rose.test",
        b"\xff\xff\0\0\x09rose.test",
    ):
        said = name_in(content)
        if not said.startswith("refused"):
            pytest.fail(f"a length in {content!r} goes beyond the end, and it was read as {said}")


@step(1)
def test_only_one_name_can_be_meant() -> None:
    """Two extensions with a name, or two names in one: HelloRefused, even if they are equal.

    Why: the upstream may take the other one.
    Read: Step 1, "Lengths within lengths".
    """
    for other in (b"thorn.test", b"rose.test"):
        said = read(body(ROSE, extension(GREASE), naming(other)))
        if isinstance(said, Hello):
            pytest.fail(f"two extensions have a name, which cannot be, and it was read as {said}")
        said = read(body(naming(b"rose.test", other)))
        if isinstance(said, Hello):
            pytest.fail(f"one list has two names, which cannot be, and it was read as {said}")


@step(1)
def test_no_other_kind_of_name_is_skipped() -> None:
    """A name of another kind before the host's, or behind it: HelloRefused.

    Why: there is one kind. What the length of another one would be, the two who read it may not
    agree upon, and so not upon whose name comes next.
    Read: Step 1, "Lengths within lengths".
    """
    rose, other = b"\0" + counted(b"rose.test", 2), b"\x01" + counted(b"thorn.test", 2)
    for where, entries in (("before", other + rose), ("behind", rose + other)):
        said = name_in(counted(entries, 2))
        if not said.startswith("refused"):
            pytest.fail(f"a name of kind 1 stands {where} the host's, and it was read as {said}")


@step(1)
def test_an_extension_for_a_name_has_one() -> None:
    """Nothing in the extension, an empty list, an empty name, a name of another kind: HelloRefused.

    Why: who has nothing to say leaves the extension out; only a server may say it empty.
    Read: Step 1, "Lengths within lengths".
    """
    for what, content in (
        ("nothing at all", b""),
        ("an empty list", b"\0\0"),
        ("an empty name", naming(b"")[4:]),
        ("no name but its kind", b"\0\x01\0"),
    ):
        said = name_in(content)
        if not said.startswith("refused"):
            pytest.fail(f"in the extension is {what}, and it was read as {said!r}")
    said = name_in(naming(b"rose.test", kind=1)[4:])
    if not said.startswith("refused"):
        pytest.fail(f"a name of kind 1 is no host's, whatever it is, and it was read as {said}")


@step(1)
@pytest.mark.parametrize(
    "name",
    [
        b"rose.test.",
        b".rose.test",
        b"rose..test",
        b".",
        b"*.rose.test",
        b"rose test",
        b"rose.test\0",
        b"rose.test\n",
        b"rose.test:443",
        b"../rose",
        b"::1",
        b"r\xc3\xb6se.test",
        b"\xff.test",
        LONG + b".test",
    ],
)
def test_a_host_has_another_name(name: bytes) -> None:
    """What no host can be called, a trailing dot included: HelloRefused.

    Why: the name is looked up and logged. "*.rose.test" is a key of yours, and nobody's name.
    Read: Step 1, "Lengths within lengths".
    """
    try:
        said = name_in(naming(name)[4:])
    except UnicodeError as error:
        pytest.fail(f"no host is called {name!r}, and that raised {error!r}, no HelloRefused")
    if not said.startswith("refused"):
        pytest.fail(f"no host is called {name!r}, and it was taken for {said!r}")


@step(1)
@pytest.mark.parametrize(
    "name",
    [b"rose", b"_rose._tcp.test", b"xn--rse-sna.test", b"1.2.test", b"a-b.test", LONG + b".tes"],
)
def test_some_hosts_have_strange_names(name: bytes) -> None:
    """One label, underscores, digits, punycode, 253 characters: a name as good as others.

    Why: all of them exist. Whoever refuses them has invented a rule.
    Read: Step 1, "Lengths within lengths".
    """
    said = name_in(naming(name)[4:])
    if said != name.decode():
        pytest.fail(f"{name!r} is a name, and that was read as {said}")
