"""Step 1: whose fault?"""

import asyncio

import pytest

from reverseproxy.errors import (
    AnswerBroken,
    ClientGone,
    ClientStalled,
    ConnectFailed,
    RequestRefused,
    RequestTimeout,
    ResponseBroken,
    UpstreamTimeout,
)
from reverseproxy.lease import Lease, Outcome, outcome_of
from reverseproxy.upstream import Upstream
from tests.support.steps import step

Seen = tuple[str, float, int | None, Outcome | None, str]


class Clock:
    """Time that passes when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


class Ticking(Clock):
    """Time of which a little passes whenever somebody asks."""

    def __call__(self) -> float:
        """Seconds, and one more each time."""
        self.now += 1.0
        return self.now


class Notes:
    """An observer that writes down what it hears, and what the lease says then."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []

    def _note(self, what: str, lease: Lease, now: float) -> None:
        self.seen.append((what, now, lease.status, lease.outcome, lease.why))

    def started(self, lease: Lease, now: float) -> None:
        """A request begins."""
        self._note("started", lease, now)

    def answered(self, lease: Lease, now: float) -> None:
        """Its answer has a head."""
        self._note("answered", lease, now)

    def ended(self, lease: Lease, now: float) -> None:
        """It is over."""
        self._note("ended", lease, now)


def lease_with(*observers: Notes, clock: Clock | None = None) -> Lease:
    """A use of some upstream, and these are told of it."""
    return Lease(Upstream.parse("http://127.0.0.1:9001"), observers, clock or Clock())


def caused_by(cause: BaseException, error: BaseException) -> BaseException:
    """`raise error from cause`, without the raise."""
    error.__cause__ = cause
    return error


@step(1)
def test_what_the_upstream_did_is_a_failure() -> None:
    """No connection, no answer in time, nonsense, and an answer that breaks off: FAILURE.

    Why: an answer that breaks off comes out as AnswerBroken, which says only that the client has
    half of it. What broke it stands behind it, in `__cause__`.
    Read: Step 1, "Whose fault?".
    """
    assert outcome_of(None) is Outcome.SUCCESS
    for error in (
        ConnectFailed("refused"),
        UpstreamTimeout("no answer in time"),
        ResponseBroken("nonsense"),
    ):
        assert outcome_of(error) is Outcome.FAILURE, f"{error!r} is the upstream's"
        broken = caused_by(error, AnswerBroken("it broke off"))
        if outcome_of(broken) is not Outcome.FAILURE:
            pytest.fail("the upstream broke off its answer, and got away with it")


@step(1)
def test_what_the_client_did_is_nobodys_failure() -> None:
    """The client leaves, stalls, or sends half a request: ABANDONED.

    Why: people close pages all day. If that counted, a slow but healthy upstream would be sent
    away by those who do not wait for it.
    Read: Step 1, "Whose fault?".
    """
    for error in (
        ClientGone(),
        asyncio.CancelledError(),
        RequestTimeout("the client stopped"),
        RequestRefused("two lengths"),
        ClientStalled("took nothing"),
        caused_by(TimeoutError(), ClientStalled("took nothing")),
    ):
        outcome = outcome_of(error)
        assert outcome is not Outcome.FAILURE, f"{error!r} was blamed on the upstream"
        assert outcome is not Outcome.SUCCESS, f"{error!r} says that the upstream does well"


@step(1)
def test_a_mistake_of_ours_is_nobodys_failure() -> None:
    """A KeyError in the proxy's own code: ABANDONED.

    Why: a bug of ours hits every upstream. If it counted, we would send them away for it.
    Read: Step 1, "Whose fault?".
    """
    if outcome_of(KeyError("ours")) is Outcome.FAILURE:
        pytest.fail("a bug of the proxy's was blamed on the upstream")
    assert outcome_of(KeyError("ours")) is Outcome.ABANDONED


@step(1)
def test_only_what_stands_right_behind_an_error_is_its_cause() -> None:
    """An answer that breaks off for another reason, and a bug behind a failure: ABANDONED.

    Why: that an answer broke off does not say who broke it. And the further back one looks, the
    more often there is an upstream somewhere.
    Read: Step 1, "Whose fault?".
    """
    refused = caused_by(ConnectFailed("refused"), AnswerBroken("it broke off"))
    assert outcome_of(refused) is Outcome.FAILURE
    for error in (
        AnswerBroken("nobody knows why"),
        caused_by(ClientStalled("took nothing"), AnswerBroken("it broke off")),
        caused_by(refused, KeyError("ours")),
    ):
        assert outcome_of(error) is Outcome.ABANDONED, f"{error!r} from {error.__cause__!r}"


@step(1)
def test_all_observers_of_one_event_hear_of_the_same_time() -> None:
    """Time passes between two looks at the clock: two observers hear the same `now` all the same.

    Why: an event has one time. Two who compare what they have noted must not find two.
    Read: Step 1, "Whose fault?".
    """
    one, two = Notes(), Notes()
    lease = lease_with(one, two, clock=Ticking())
    with lease:
        lease.answered(200)
    assert [event[:2] for event in one.seen] == [event[:2] for event in two.seen]
    assert len(one.seen) == 3


@step(1)
def test_a_lease_tells_how_a_request_went() -> None:
    """Entered at 1, answered at 2, left at 5: each observer hears of all three, then and so.

    Why: whoever judges upstreams must know when: the first request after an ejection is known by
    its beginning, and a download is a success long before its end.
    Read: Step 1, "Whose fault?".
    """
    clock, one, two = Clock(), Notes(), Notes()
    lease = lease_with(one, two, clock=clock)
    clock.now = 1.0
    with lease as upstream:
        assert upstream is lease.upstream, f"the block got {upstream!r}"
        clock.now = 2.0
        lease.answered(503)
        clock.now = 5.0
    assert (
        one.seen
        == two.seen
        == [
            ("started", 1.0, None, None, ""),
            ("answered", 2.0, 503, None, ""),
            ("ended", 5.0, 503, Outcome.SUCCESS, "status 503"),
        ]
    )


@step(1)
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectFailed("Connection refused"), Outcome.FAILURE),
        (asyncio.CancelledError(), Outcome.ABANDONED),
        (KeyError("ours"), Outcome.ABANDONED),
    ],
)
def test_a_lease_ends_however_it_is_left(error: BaseException, outcome: Outcome) -> None:
    """An error, or the client's leaving, in the block: `ended` is told, and the error goes on.

    Why: a request that is never over would be a trial that is never over. And an error that is
    swallowed here leaves the client without an answer.
    Read: Step 1, "Whose fault?".
    """
    notes, raised = Notes(), None
    try:
        with lease_with(notes):
            raise error
    except BaseException as caught:  # noqa: BLE001 - CancelledError is one
        raised = caught
    if raised is not error:
        pytest.fail("the lease swallowed the error of its block")
    if len(notes.seen) < 2:
        pytest.fail("the block was left by an error, and nobody was told that it ended")
    assert notes.seen[-1][:1] + notes.seen[-1][3:] == ("ended", outcome, str(error))
