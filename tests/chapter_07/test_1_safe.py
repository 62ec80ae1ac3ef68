"""Step 1: what may be asked twice."""

import pytest

from reverseproxy.errors import ConnectFailed, ConnectTimedOut, ResponseBroken, UpstreamTimeout
from reverseproxy.retry import Failure, is_safe
from tests.support.steps import step

UNSENT: list[Failure] = [
    ConnectFailed("Connection refused"),
    ConnectTimedOut("no connection in time"),
]
SENT: list[Failure] = [
    ResponseBroken("Connection reset by peer"),
    UpstreamTimeout("no answer in time"),
    503,
]


@step(1)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "PATCH"])
def test_what_was_never_sent_may_always_go_elsewhere(method: str) -> None:
    """No connection came about: another upstream may have the request, also when it is a POST.

    Why: nobody has heard of it, so it is not asked twice, but once. A dead upstream that costs a
    third of all orders is what this chapter is against.
    Read: Step 1, "What may be asked twice".
    """
    if not all(is_safe(method, failure, is_whole=True) for failure in UNSENT):
        pytest.fail(f"no connection came about, nothing was sent, and the {method} was given up")


@step(1)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])
def test_what_means_the_same_twice_may_be_sent_twice(method: str) -> None:
    """GET, HEAD, OPTIONS, TRACE, PUT and DELETE: also after they were sent.

    Why: whether the first upstream has done it or not, it comes to the same. RFC 9110, section
    9.2.2, calls these methods idempotent.
    Read: Step 1, "What may be asked twice".
    """
    if not all(is_safe(method, failure, is_whole=True) for failure in SENT):
        pytest.fail(f"{method} is idempotent, and got no second try")


@step(1)
@pytest.mark.parametrize("method", ["POST", "PATCH", "LOCK", "get", "NEW"])
def test_nothing_else_that_was_sent_is_sent_again(method: str) -> None:
    """POST, PATCH, and methods that you have never heard of: never, once they were sent.

    Why: the upstream may have done all of it, and only the answer was lost. Then the second try is
    a second order. Of an unknown method you know nothing, so you do not know that it is harmless.
    Read: Step 1, "What may be asked twice".
    """
    for failure in SENT:
        if is_safe(method, failure, is_whole=True):
            pytest.fail(f"a {method} that was sent may be sent again, after {failure!r}")


@step(1)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_half_a_body_is_not_sent(method: str) -> None:
    """When a part of the body is gone, nobody else gets the request, whatever the method.

    Why: what is left of the body is the end of one. An upstream that gets it as a whole has stored
    a file without its beginning, and says 200.
    Read: Step 1, "What may be asked twice".
    """
    if any(is_safe(method, failure, is_whole=False) for failure in [*UNSENT, *SENT]):
        pytest.fail(f"a {method} may be sent again, and part of its body is gone")
