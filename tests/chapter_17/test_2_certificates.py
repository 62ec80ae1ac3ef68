"""Step 2: who we are."""

import ssl

import pytest

from reverseproxy.errors import ConfigurationError
from reverseproxy.tls.certificates import Certificates
from reverseproxy.upstream_tls import Certificate
from tests.chapter_17.papers import Papers, client
from tests.chapter_17.speaking import Speaker, is_refused, meet
from tests.support.steps import step


@pytest.fixture
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates."""
    return Papers(tmp_path_factory.mktemp("papers"))


def shown(papers: Papers, context: ssl.SSLContext, name: str | None) -> str:
    """What the certificate is called that a client is shown who asks for that name."""
    try:
        one, _ = meet(client(), context, name)
    except ssl.SSLError as error:
        return f"nothing but an error ({error.reason})"
    return papers.label(one.tls.getpeercert(binary_form=True))


def check(
    papers: Papers, certificates: Certificates, wanted: dict[str | None, str], why: str = ""
) -> None:
    """Fails when a client that asks for one of those names is shown another certificate."""
    for name, label in wanted.items():
        found = shown(papers, certificates.context, name)
        if found != label:
            asks = f"asks for {name!r}" if name else "asks for no name"
            pytest.fail(f"{why}a client {asks}, and is shown {found!r} instead of {label!r}")


def has_reloaded(certificates: Certificates) -> bool:
    """Whether all files could be used."""
    try:
        certificates.reload()
    except ConfigurationError:
        return False
    except (OSError, ValueError) as error:
        pytest.fail(f"a file is broken: ConfigurationError says which one, and this: {error!r}")
    return True


@step(2)
def test_each_name_has_its_certificate(papers: Papers) -> None:
    """A client asks for a name that has a certificate: it is shown that one.

    Why: a hundred sites behind one address, and each has to be who it says it is.
    Read: Step 2, "Who we are".
    """
    names = {f"{label}.test": papers.issue(label) for label in ("daisy", "iris")}
    it = Certificates(papers.rose, names)
    check(papers, it, {"daisy.test": "daisy", "iris.test": "iris", "rose.test": "rose"})


@step(2)
def test_all_others_are_shown_the_default(papers: Papers) -> None:
    """A client asks for a name that has none, or for no name at all: it is shown the default.

    Why: who calls an address, or is very old, says no name. The default may be good for it.
    Read: Step 2, "Who we are".
    """
    it = Certificates(papers.rose, {"daisy.test": papers.issue("daisy")})
    names = (None, "127.0.0.1", "iris.test", "daisy.test.test", "a.daisy.test", "test")
    check(papers, it, dict.fromkeys(names, "rose"))


@step(2)
def test_a_star_is_for_what_ends_in_that(papers: Papers) -> None:
    """ "*.fid.dev" is for one label or more in front of fid.dev, and not for fid.dev itself. A
    longer one wins, and an exact name wins over all, in whatever order they were given.

    Why: Mux takes hosts in that way, and a client that asks for one site must not get two answers.
    Read: Step 2, "Who we are".
    """
    stars = ("*.dev", "*.fid.dev", "www.fid.dev", "*.a.fid.dev")
    names = {name: papers.issue(name.replace("*", "star")) for name in stars}
    wanted: dict[str | None, str] = {
        "www.fid.dev": "www.fid.dev",
        "api.fid.dev": "star.fid.dev",
        "a.fid.dev": "star.fid.dev",
        "b.a.fid.dev": "star.a.fid.dev",
        "c.b.a.fid.dev": "star.a.fid.dev",
        "b.c.fid.dev": "star.fid.dev",
        "fid.dev": "star.dev",
        "afid.dev": "star.dev",
        "dev": "rose",
    }
    for order in (stars, stars[::-1]):
        check(papers, Certificates(papers.rose, {name: names[name] for name in order}), wanted)


@step(2)
def test_letters_are_letters(papers: Papers) -> None:
    """A client asks for DAISY.test: it is shown the certificate of daisy.test.

    Why: in names of hosts, upper case and lower case are the same (RFC 4343).
    Read: Step 2, "Who we are".
    """
    names = {"daisy.test": papers.issue("daisy"), "*.IRIS.test": papers.issue("iris")}
    it = Certificates(papers.rose, names)
    check(papers, it, {"DAISY.test": "daisy", "Www.Iris.Test": "iris", "www.iris.test": "iris"})


@step(2)
def test_new_connections_are_shown_new_certificates(papers: Papers) -> None:
    """The files have new content, and nobody has said so: clients are shown the old certificates.
    After `reload`, they are shown the new ones.

    Why: a certificate is good for some weeks. Nobody wants to stop a proxy for that.
    Read: Step 2, "Who we are".
    """
    it = Certificates(papers.rose, {"daisy.test": papers.issue("daisy")})
    papers.issue("new rose", file="rose")
    papers.issue("new daisy", file="daisy")
    check(papers, it, {None: "rose", "daisy.test": "daisy"}, "nobody has called reload: ")

    assert has_reloaded(it), "all files are good, and reload raises ConfigurationError"
    new: dict[str | None, str] = {None: "new rose", "daisy.test": "new daisy"}
    check(papers, it, new, "reload was called: ")


@step(2)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_nobody_resumes_a_session_of_before(papers: Papers, version: ssl.TLSVersion) -> None:
    """A client has shown its certificate, and comes back with its session: it resumes that, and is
    not asked again. After `reload`, it has to begin anew.

    Why: who takes an authority out of the file of client_ca wants its clients to stay out.
    Read: Step 2, "Who we are".
    """
    it = Certificates(papers.rose, client_ca=papers.ca_file)
    mine = client(papers.rose)
    mine.maximum_version = version

    def comes_back(session: ssl.SSLSession | None) -> tuple[bool, ssl.SSLSession | None]:
        one, other = meet(mine, it.context, session=session)
        one.hears(other.says(b"a ticket comes with the first words"))
        return bool(one.tls.session_reused), one.tls.session

    _, session = comes_back(None)
    is_resumed, session = comes_back(session)
    assert is_resumed, "a client came back with its session at once, and it was not resumed"
    assert has_reloaded(it)
    is_resumed, _ = comes_back(session)
    if is_resumed:
        pytest.fail("reload was called, and a session of before was resumed")


@step(2)
def test_connections_that_there_are_go_on(papers: Papers) -> None:
    """A connection stands, and one is in the middle of its handshake: after `reload`, both go on.

    Why: a download that takes an hour has nothing to do with a file that is new.
    Read: Step 2, "Who we are".
    """
    it = Certificates(papers.rose, {"daisy.test": papers.issue("daisy")})
    one, other = meet(client(), it.context, "daisy.test")
    late, answering = (
        Speaker(client(), name="daisy.test"),
        Speaker(it.context, is_server=True),
    )
    said = answering.hears(late.hears(b""))
    papers.issue("new daisy", file="daisy")
    assert has_reloaded(it)
    other.hears(one.says(b"rose"))
    one.hears(other.says(b"petal"))
    assert (other.got, one.got) == (b"rose", b"petal"), "it stood before reload, and broke off"
    answering.hears(late.hears(said))
    assert answering.is_ready, "its handshake had begun before reload, and came to nothing"


@step(2)
@pytest.mark.parametrize("broken", ["the default", "the first name", "the last name"])
def test_one_bad_file_changes_nothing(papers: Papers, broken: str) -> None:
    """All files are new, and one of them is half a file: `reload` raises ConfigurationError, and
    clients are shown the certificates of before, all of them, and begin with the `context` of
    before. Once it is whole, all are new.

    Why: half of a change is a state that nobody has wanted, and nobody has tried.
    Read: Step 2, "Who we are".
    """
    labels = ("rose", "daisy", "iris")
    names = {f"{label}.test": papers.issue(label) for label in labels[1:]}
    it = Certificates(papers.rose, names)
    wanted: dict[str | None, str] = {None: "rose", "daisy.test": "daisy", "iris.test": "iris"}
    for label in labels:
        papers.issue(f"new {label}", file=label)
    at = labels[("the default", "the first name", "the last name").index(broken)]
    papers.spoil(papers.named(at))
    before = it.context

    if has_reloaded(it):
        pytest.fail(f"the file of {broken} is broken, and reload says nothing")
    check(papers, it, wanted, f"the file of {broken} is broken: ")
    if it.context is not before:
        pytest.fail(f"the file of {broken} is broken, nothing is new, and yet `context` is")
    papers.issue(f"newer {at}", file=at)
    assert has_reloaded(it), "all files are good again, and reload raises ConfigurationError"
    new = {name: f"newer {at}" if label == at else f"new {label}" for name, label in wanted.items()}
    check(papers, it, new, "all files are good again: ")


@step(2)
def test_a_reload_is_about_certificates_alone(papers: Papers) -> None:
    """`alpn` and `client_ca` are for each name and for the default, before `reload` and after it.

    Why: a door that asks who comes in, and one morning does not, is found by somebody else.
    Read: Step 2, "Who we are".
    """
    names = {"daisy.test": papers.issue("daisy")}
    it = Certificates(papers.rose, names, alpn=("mqtt",), client_ca=papers.ca_file)
    stranger = papers.issue("stranger", by_a_stranger=True)
    for when in ("at the start", "after reload"):
        for name in ("daisy.test", "iris.test"):
            known = client(papers.rose)
            known.set_alpn_protocols(["mqtt"])
            if is_refused(known, it.context, name):
                pytest.fail(f"{when}, {name}: a client with a certificate of client_ca is refused")
            one, _ = meet(known, it.context, name)
            if one.tls.selected_alpn_protocol() != "mqtt":
                pytest.fail(f"{when}, {name}: alpn is mqtt, and a client that offers it hears none")
            for nobody in (client(), client(stranger)):
                if not is_refused(nobody, it.context, name):
                    pytest.fail(f"{when}, {name}: a client that client_ca does not know got in")
        assert has_reloaded(it)


@step(2)
def test_authorities_are_read_again(papers: Papers) -> None:
    """The file of `client_ca` has another authority: after `reload`, its clients get through, and
    those of the old one do not.

    Why: "all files" are all files.
    Read: Step 2, "Who we are".
    """
    path = papers.folder / "clients.pem"
    path.write_bytes(papers.ca_file.read_bytes())
    stranger = client(papers.issue("stranger", by_a_stranger=True))
    it = Certificates(papers.rose, client_ca=path)
    assert is_refused(stranger, it.context)
    path.write_bytes(papers.strangers_file.read_bytes())
    assert has_reloaded(it)
    if is_refused(stranger, it.context):
        pytest.fail("client_ca has another authority now, and after reload nobody believes it")
    assert not is_refused(client(papers.rose), Certificates(papers.rose).context)
    if not is_refused(client(papers.rose), it.context):
        pytest.fail("client_ca has another authority now, and after reload the old one is believed")


@step(2)
def test_mistakes_are_found_at_the_start(papers: Papers) -> None:
    """A file that cannot be used, when `Certificates` are made: ConfigurationError.

    Why: `reload` is how they are read the first time, too.
    Read: Step 2, "Who we are".
    """
    nowhere = papers.named("nowhere")
    wrong: list[tuple[Certificate, dict[str, Certificate]]] = [
        (nowhere, {}),
        (papers.rose, {"daisy.test": nowhere}),
    ]
    for default, names in wrong:
        with pytest.raises(ConfigurationError):
            Certificates(default, names)
