"""Step 4: 404 or 405?"""

from typing import Any

import pytest

from reverseproxy.message import RequestHead
from reverseproxy.mux import Match, Mux
from reverseproxy.rule import Rule
from tests.support.steps import step


def match(head: RequestHead, **rules: Rule) -> Match:
    """What a Mux with these rules finds; its targets are the rules' names."""
    mux = Mux()
    for name, rule in rules.items():
        target: Any = name
        mux.add(rule, target)
    return mux.match(head)


def found(head: RequestHead, **rules: Rule) -> Any:
    """The name of the rule that wins."""
    return match(head, **rules).target


def ask(method: str, *fields: tuple[bytes, bytes]) -> RequestHead:
    """The head of a request for /a."""
    return RequestHead(method, b"/a", list(fields))


@step(4)
def test_the_first_rule_that_takes_the_request_wins() -> None:
    """Among rules for one path: methods before none, more headers before fewer, then the oldest.

    Why: `Mux.add` keeps the rules of one place in this order already; whoever takes the first that
    fits is done.
    Read: Step 4, "404 or 405?".
    """
    rules = {
        "any": Rule.parse(),
        "beta": Rule.parse(headers={"X-Beta": None}),
        "get": Rule.parse(methods=["GET"]),
        "get_too": Rule.parse(methods=["GET", "POST"]),
    }
    assert found(ask("GET"), **rules) == "get"
    assert found(ask("POST"), **rules) == "get_too"
    assert found(ask("PUT", (b"x-beta", b"1")), **rules) == "beta"
    assert found(ask("PUT"), **rules) == "any"


@step(4)
def test_a_header_is_there_or_has_the_value() -> None:
    """X-Beta: None asks for any value, X-Beta: "on" for that one; one line of several is enough.

    Why: this is how ten of your users get the new version and the others do not notice.
    Read: Step 4, "404 or 405?".
    """
    rules = {
        "on": Rule.parse(headers={"X-Beta": "on", "X-Team": None}),
        "here": Rule.parse(headers={"X-Beta": None}),
        "any": Rule.parse(),
    }
    on, off, team = (b"X-BETA", b"on"), (b"x-beta", b"off"), (b"X-Team", b"")
    assert found(ask("GET"), **rules) == "any", "a rule with headers took a request without them"
    assert found(ask("GET", off, team), **rules) == "here"
    assert found(ask("GET", off, on, team), **rules) == "on"


@step(4)
def test_when_only_the_method_differs_the_others_are_told() -> None:
    """PUT where there are rules for GET and for POST: no target, and GET, HEAD, POST are allowed.

    Why: 405 says "right place, wrong verb", and must say which verbs are right (RFC 9110, section
    15.5.6). All of them, not those of the last rule that was looked at.
    Read: Step 4, "404 or 405?".
    """
    got = match(
        ask("PUT"), a=Rule.parse(path="/a", methods=["GET"]), b=Rule.parse(methods=["POST"])
    )
    assert got.target is None
    if got.allow in (("GET", "HEAD"), ("POST",)):
        pytest.fail(f"only {', '.join(got.allow)} is allowed; the other rule was forgotten")
    assert got.allow == ("GET", "HEAD", "POST")


@step(4)
def test_a_method_that_two_rules_take_is_told_once() -> None:
    """PUT where there are rules for POST and GET, and for GET and DELETE: each once, sorted.

    Why: Allow is a list of what is possible, for people and programs to read (RFC 9110, section
    10.2.1). Which rule it came from is nobody's business outside.
    Read: Step 4, "404 or 405?".
    """
    got = match(
        ask("PUT"),
        a=Rule.parse(path="/a", methods=["POST", "GET"]),
        b=Rule.parse(methods=["GET", "DELETE"]),
    )
    assert len(set(got.allow)) == len(got.allow), f"a method is told twice: {got.allow}"
    assert got.allow == ("DELETE", "GET", "HEAD", "POST")


@step(4)
def test_a_method_in_small_letters_is_another_method() -> None:
    """get where there is a rule for GET: no target, and GET and HEAD are allowed.

    Why: methods are compared letter by letter (RFC 9110, section 9.1). An upstream that does so
    would answer 501 to what you let through.
    Read: Step 4, "404 or 405?".
    """
    got = match(ask("get"), a=Rule.parse(methods=["GET"]))
    assert got == Match(allow=("GET", "HEAD")), f"get was taken for GET: {got}"


@step(4)
def test_a_rule_for_another_method_hides_nothing_behind_it() -> None:
    """POST /a has a rule, any method on any path has one: GET /a is for the second.

    Why: the best rule that matches wins. The better one does not match.
    Read: Step 4, "404 or 405?".
    """
    got = match(ask("GET"), form=Rule.parse(path="/a", methods=["POST"]), rest=Rule.parse())
    if got.target is None:
        pytest.fail("a rule for POST hid the rule for everything from a GET")
    assert got == Match(found(ask("GET"), rest=Rule.parse()))


@step(4)
def test_what_no_rule_is_for_is_neither() -> None:
    """No rule for the path, or one that misses a header: no target, and no methods.

    Why: 405 promises that another method would help. Where the header is missing, none does.
    Read: Step 4, "404 or 405?".
    """
    other, beta = Rule.parse(path="/b"), Rule.parse(methods=["GET"], headers={"X-Beta": None})
    assert match(ask("GET"), other=other) == Match()
    got = match(ask("PUT"), beta=beta)
    assert not got.allow, "a method was promised to a request that no method would help"


@step(4)
def test_who_takes_get_takes_head() -> None:
    """HEAD is for a rule with methods=["GET"], and not for one with methods=["POST"].

    Why: HEAD asks what GET would answer, less the body. An upstream that knows the one knows the
    other (RFC 9110, section 9.1).
    Read: Step 4, "404 or 405?".
    """
    assert found(ask("HEAD"), get=Rule.parse(methods=["GET"])) == "get"
    assert match(ask("HEAD"), post=Rule.parse(methods=["POST"])).allow == ("POST",)
