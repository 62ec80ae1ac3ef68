"""Step 1: whom to believe."""

import ssl
import warnings
from pathlib import Path

import pytest

from reverseproxy.errors import ConfigurationError
from reverseproxy.tls.contexts import server_context, upstream_context
from reverseproxy.upstream_tls import Certificate, UpstreamTls
from tests.chapter_17.papers import Papers, client
from tests.chapter_17.speaking import is_refused, meet
from tests.support.steps import step

# Python warns of versions that are too old. What comes of them is what the tests look at.
pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")

ALL_LEVELS = "DEFAULT:@SECLEVEL=0"
"""OpenSSL speaks TLS 1.1 only where that is said."""


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates."""
    return Papers(tmp_path_factory.mktemp("papers"))


def only(version: ssl.TLSVersion, context: ssl.SSLContext) -> ssl.SSLContext:
    """An end that speaks that version, and no other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    context.set_ciphers(ALL_LEVELS)
    return context


@step(1)
def test_clients_speak_tls_1_2_or_newer(papers: Papers) -> None:
    """Clients that speak nothing but TLS 1.2, or 1.3, get through; one with 1.1 is refused.

    Why: "TLS 1.0 and TLS 1.1 MUST NOT be used" (RFC 8996), and 1.2 is all that some have.
    Read: Step 1, "Whom to believe".
    """
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        if is_refused(only(version, client()), server_context(papers.rose)):
            pytest.fail(f"a client that speaks {version.name} was refused")
    server = server_context(papers.rose)
    server.set_ciphers(ALL_LEVELS)
    if not is_refused(only(ssl.TLSVersion.TLSv1_1, client()), server):
        pytest.fail("a client spoke TLS 1.1, and was answered")


@step(1)
def test_upstreams_speak_tls_1_2_or_newer(papers: Papers) -> None:
    """Upstreams that speak nothing but TLS 1.2, or 1.3, are spoken with; one with 1.1 is refused.

    Why: what is decided for one side and not for the other is open on the other.
    Read: Step 1, "Whom to believe".
    """
    context = upstream_context(UpstreamTls(ca_file=papers.ca_file, name="levels"), ())
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        if is_refused(context, only(version, papers.server())):
            pytest.fail(f"an upstream that speaks {version.name} was refused")
    context.set_ciphers(ALL_LEVELS)
    if not is_refused(context, only(ssl.TLSVersion.TLSv1_1, papers.server())):
        pytest.fail("an upstream spoke TLS 1.1, and was believed")


@step(1)
def test_the_certificate_is_shown(papers: Papers) -> None:
    """A client is shown the certificate; without one, there is a context all the same.

    Why: who we are may be decided later, connection by connection. That is step 2.
    Read: Step 1, "Whom to believe".
    """
    one, _ = meet(client(), server_context(papers.rose))
    assert papers.label(one.tls.getpeercert(binary_form=True)) == "rose"
    try:
        context = server_context(None, ("h2",))
    except (AttributeError, TypeError) as error:
        pytest.fail(f"there may be no certificate, and then there is no context: {error}")
    assert isinstance(context, ssl.SSLContext)


@step(1)
def test_a_protocol_is_chosen(papers: Papers) -> None:
    """Of the protocols that a client offers, it hears which one is spoken: our best. Where there
    is none that both speak, or we have none, it hears nothing.

    Why: what is spoken within TLS is agreed upon before the first byte of it (ALPN, RFC 7301).
    Read: Step 1, "Whom to believe".
    """
    for ours, theirs, chosen in (
        (["http/1.1"], ["h2", "http/1.1"], "http/1.1"),
        (("mqtt", "http/1.1"), ["http/1.1", "mqtt"], "mqtt"),
        (["mqtt"], ["h2"], None),
        ((), ["h2"], None),
    ):
        context = client()
        context.set_alpn_protocols(theirs)
        one, other = meet(context, server_context(papers.rose, ours))
        for heard in (one.tls.selected_alpn_protocol(), other.tls.selected_alpn_protocol()):
            if heard != chosen:
                said = f"we speak {list(ours)}, a client {theirs}"
                pytest.fail(f"{said}, and what is spoken is {heard}, not {chosen}")


@step(1)
def test_who_has_to_show_a_certificate_shows_it(papers: Papers) -> None:
    """With `client_ca`: clients with a certificate of that authority get through. One with a
    stranger's is refused, and one without any, too. Without `client_ca`, nobody has to.

    Why: a door that asks and opens all the same is no door.
    Read: Step 1, "Whom to believe".
    """
    asking = server_context(papers.rose, client_ca=papers.ca_file)
    stranger = papers.issue("stranger", by_a_stranger=True)
    if is_refused(client(papers.rose), asking):
        pytest.fail("a client showed a certificate of client_ca, and was refused")
    if not is_refused(client(stranger), asking):
        pytest.fail("a client showed a stranger's certificate, and got through")
    if not is_refused(client(), asking):
        pytest.fail("a client showed no certificate at all, and got through")
    for anybody in (client(), client(stranger)):
        if is_refused(anybody, server_context(papers.rose)):
            pytest.fail("there is no client_ca, and a client was refused")


@step(1)
def test_a_client_ca_is_believed_alone(papers: Papers, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `client_ca`: its authorities are believed, and the public ones are not.

    Why: anybody gets a certificate from a public authority, for a name of his own.
    Read: Step 1, "Whom to believe".
    """
    monkeypatch.setenv("SSL_CERT_FILE", str(papers.strangers_file))  # as if that was public
    asking = server_context(papers.rose, client_ca=papers.ca_file)
    stranger = papers.issue("stranger", by_a_stranger=True)
    if asking.cert_store_stats()["x509_ca"] > 1 or not is_refused(client(stranger), asking):
        pytest.fail("client_ca has one authority, and clients of public ones get through as well")


@step(1)
def test_an_upstream_proves_who_it_is(papers: Papers) -> None:
    """An upstream with the right name, by an authority of `ca_file`: it is believed. By a
    stranger, for another name or out of date: it is refused.

    Why: whoever stands in between has a certificate too, only not this one.
    Read: Step 1, "Whom to believe".
    """
    context = upstream_context(UpstreamTls(ca_file=papers.ca_file), ())
    if is_refused(context, papers.server()):
        pytest.fail("its name is right, its authority is believed, and it was refused")
    for label, certificate in (
        ("a stranger has signed its certificate", papers.issue("stranger", by_a_stranger=True)),
        ("its certificate is for another name", papers.issue("daisy", "daisy.test")),
        ("its certificate is out of date", papers.issue("late", is_expired=True)),
    ):
        if not is_refused(context, papers.server(certificate)):
            pytest.fail(f"{label}, and the upstream was believed")


@step(1)
def test_a_name_in_the_settings_is_a_name_to_prove(papers: Papers) -> None:
    """With `name`, an upstream has to prove who it is all the same: that it is who has that name.

    Why: the name says whom we want. Whoever names one wants nobody else.
    Read: Step 1, "Whom to believe".
    """
    settings = UpstreamTls(ca_file=papers.ca_file, name="rose.test")
    context = upstream_context(settings, ())
    if is_refused(context, papers.server()):
        pytest.fail("UpstreamTls has the name that is in its certificate, and it was refused")
    if not is_refused(context, papers.server(papers.issue("daisy", "daisy.test"))):
        pytest.fail("UpstreamTls has a name, another one was in the certificate, and that would do")


@step(1)
def test_without_a_ca_file_the_public_ones_are_believed(
    papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No `ca_file`: the authorities that are public on this machine are believed, and nobody else.

    Why: the default is what nobody has thought about. It has to be the safe one.
    Read: Step 1, "Whom to believe".
    """
    monkeypatch.setenv("SSL_CERT_FILE", str(papers.ca_file))  # as if ours was public
    context = upstream_context(UpstreamTls(name="public"), ())
    stranger = papers.issue("stranger", by_a_stranger=True)
    if not is_refused(context, papers.server(stranger)):
        pytest.fail("there is no ca_file, and a stranger was believed")
    knows_others = context.cert_store_stats()["x509_ca"] > 1
    if is_refused(context, papers.server()) and not knows_others:
        pytest.fail("there is no ca_file, and not even public authorities are believed")


@step(1)
def test_a_ca_file_is_believed_alone(papers: Papers, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `ca_file`: its authorities are believed, and the public ones are not.

    Why: there are more than a hundred, and each could sign a certificate for the name of your
    database.
    Read: Step 1, "Whom to believe".
    """
    monkeypatch.setenv("SSL_CERT_FILE", str(papers.strangers_file))  # as if that was public
    context = upstream_context(UpstreamTls(ca_file=papers.ca_file, name="alone"), ())
    others = context.cert_store_stats()["x509_ca"] - 1
    stranger = papers.issue("stranger", by_a_stranger=True)
    if others > 0 or not is_refused(context, papers.server(stranger)):
        pytest.fail(f"ca_file has one authority, and public ones are believed as well: {others}")
    assert not is_refused(context, papers.server()), "an authority of ca_file was not believed"


@step(1)
def test_insecure_skip_verify_takes_anything(papers: Papers) -> None:
    """With `insecure_skip_verify`: any certificate is taken, whoever signed it, for any name.

    Why: there are mornings on which that is needed. It has a name that nobody overlooks.
    Read: Step 1, "Whom to believe".
    """
    try:
        context = upstream_context(UpstreamTls(insecure_skip_verify=True), ())
    except ValueError as error:
        pytest.fail(f"insecure_skip_verify is switched on, and this was raised: {error}")
    for label, certificate in (
        ("signed by a stranger", papers.issue("stranger", by_a_stranger=True)),
        ("for another name", papers.issue("daisy", "daisy.test")),
        ("out of date", papers.issue("late", is_expired=True)),
    ):
        if is_refused(context, papers.server(certificate)):
            pytest.fail(f"insecure_skip_verify, and a certificate {label} was refused")


@step(1)
def test_insecure_skip_verify_is_about_the_upstream_alone(papers: Papers) -> None:
    """With `insecure_skip_verify` and `certificate`: an upstream that asks is shown that.

    Why: not to ask is one thing, and to have no answer is another.
    Read: Step 1, "Whom to believe".
    """
    ours = papers.issue("ours", "proxy.test")
    settings = UpstreamTls(certificate=ours, insecure_skip_verify=True)
    if is_refused(upstream_context(settings, ()), papers.server(asks=True)):
        pytest.fail("insecure_skip_verify, an upstream asks for our certificate, and it sees none")


@step(1)
def test_our_certificate_is_shown_to_upstreams(papers: Papers) -> None:
    """An upstream asks who we are: it is shown `certificate`. Without one, it refuses us.

    Why: it may have more reason to ask than a client has.
    Read: Step 1, "Whom to believe".
    """
    asking = papers.server(asks=True)
    ours = papers.issue("ours", "proxy.test")
    settings = UpstreamTls(ca_file=papers.ca_file, certificate=ours)
    if is_refused(upstream_context(settings, ()), asking):
        pytest.fail("an upstream asks for our certificate, we have one, and it sees none")
    _, other = meet(upstream_context(settings, ()), asking)
    assert papers.label(other.tls.getpeercert(binary_form=True)) == "ours"
    assert is_refused(upstream_context(UpstreamTls(ca_file=papers.ca_file), ()), asking)


@step(1)
def test_upstreams_hear_what_can_be_spoken(papers: Papers) -> None:
    """An upstream is offered the protocols of `alpn`, as it is given, whatever the settings say.

    Why: over https:// it is always http/1.1, for that is all that our HTTP side can speak.
    Read: Step 1, "Whom to believe".
    """
    server = papers.server()
    server.set_alpn_protocols(["mqtt", "http/1.1"])
    for alpn, chosen in ((("http/1.1",), "http/1.1"), (("mqtt", "http/1.1"), "mqtt"), ((), None)):
        settings = UpstreamTls(ca_file=papers.ca_file, alpn=("mqtt",))
        _, other = meet(upstream_context(settings, alpn), server)
        heard = other.tls.selected_alpn_protocol()
        if heard != chosen:
            pytest.fail(f"alpn is {alpn}, and with an upstream {heard} is spoken, not {chosen}")


@step(1)
def test_a_context_for_upstreams_is_made_once(papers: Papers) -> None:
    """The same settings and protocols, asked for twice: it is the same context.

    Why: to read more than a hundred authorities takes ten times as long as a handshake.
    Read: Step 1, "Whom to believe".
    """
    first, second = (
        upstream_context(UpstreamTls(ca_file=papers.ca_file, name="once"), ("a",)) for _ in range(2)
    )
    if first is not second:
        pytest.fail("asked for twice, and the context was made twice")
    other = upstream_context(UpstreamTls(ca_file=papers.ca_file, name="once"), ("b",))
    assert other is not first, "other protocols, and it is the same context"


def wrong_certificates(papers: Papers) -> list[tuple[str, Certificate]]:
    """Certificates that cannot be used, and why."""
    rose, other = papers.rose, papers.issue("daisy", "daisy.test")
    return [
        ("the files are not there", papers.named("nowhere")),
        ("the key is another one's", Certificate(rose.chain, other.key)),
        ("key and certificate are in the wrong places", Certificate(rose.key, rose.chain)),
        ("it is a folder", Certificate(papers.folder, rose.key)),
    ]


@step(1)
def test_certificates_that_are_none_are_refused(papers: Papers) -> None:
    """Files that are not there, or do not belong together: ConfigurationError, on either side.

    Why: what is found at the start is found by whoever wrote it. Later, it is found by clients.
    Read: Step 1, "Whom to believe".
    """
    for why, certificate in wrong_certificates(papers):
        for is_ours in (True, False):
            try:
                if is_ours:
                    server_context(certificate)
                else:
                    upstream_context(UpstreamTls(certificate=certificate), ())
            except ConfigurationError:
                continue
            except (OSError, ValueError) as error:
                pytest.fail(f"{why}: ConfigurationError says which file it is, and this: {error!r}")
            pytest.fail(f"{why}, and nothing was raised")


@step(1)
@pytest.mark.parametrize("content", ["missing", "", "no certificate"])
def test_authorities_that_are_none_are_refused(papers: Papers, content: str) -> None:
    """A file of authorities that is not there, or has none in it: ConfigurationError.

    Why: nobody would be believed, and each client and each upstream would be refused.
    Read: Step 1, "Whom to believe".
    """
    path = Path(papers.folder, f"{content or 'empty'}.txt")
    if content != "missing":
        path.write_text(content)
    for is_ours in (True, False):
        try:
            if is_ours:
                server_context(papers.rose, client_ca=path)
            else:
                upstream_context(UpstreamTls(ca_file=path), ())
        except ConfigurationError:
            continue
        except (OSError, ValueError) as error:
            pytest.fail(f"a ca_file is wrong: ConfigurationError should name it, not {error!r}")
        pytest.fail("there is no authority in a ca_file, and nothing was raised")


@step(1)
def test_nobody_begins_anew_in_the_middle(papers: Papers) -> None:
    """Both contexts have OP_NO_RENEGOTIATION among their options, beside those of any context.

    Why: in TLS 1.2 either side could ask for a handshake in the middle of everything, as often as
    it likes. A relay that has half of a message to pass on has no use for that.
    Read: Step 1, "Whom to believe".
    """
    ours, theirs = ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT
    for name, context, protocol in (
        ("server_context", server_context(papers.rose), ours),
        ("upstream_context", upstream_context(UpstreamTls(ca_file=papers.ca_file), ()), theirs),
    ):
        if not context.options & ssl.OP_NO_RENEGOTIATION:
            pytest.fail(f"{name} lets the other side renegotiate")
        if lost := ssl.SSLContext(protocol).options & ~context.options:
            pytest.fail(f"{name} has lost options that any context has by itself: {lost!r}")
