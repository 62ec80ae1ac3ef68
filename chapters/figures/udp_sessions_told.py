"""The sentences of chapter 21's figure: what was measured in its runs, told step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chapters.errors import CourseError
from chapters.figures.over_time import Course
from chapters.figures.trace import Scene

SPAN = 38
BEAT = 2.0
"""Seconds of one beat of the figure."""

IDLE = 10.0
"""Seconds of silence after which a session ends, and sessions that there is room for."""

ROOM = 8

FLOOD = (8, 26)
"""From when to when forged datagrams come."""

DIES, RETURNS = 10.0, 22.0
"""When nobody listens at the first upstream any more, and when somebody does again."""


@dataclass(frozen=True, slots=True)
class Story:
    """What was seen in one run. Times are in seconds.

    begun, evicted: how many sessions. lost: datagrams of clients that had no answer.
    states: what each client's session was, from look to look.
    """

    course: Course
    begun: int
    evicted: int
    lost: Sequence[float]
    states: Mapping[str, Sequence[tuple[float, str]]]

    def gone(self, client: str, after: float = 0) -> float:
        """When a client is first seen to have a session no more; SPAN when it is not."""
        seen = [(at, state) for at, state in self.states[client] if at > after]
        had = next((at for at, state in seen if state), SPAN)
        return next((at for at, state in seen if at > had and not state), SPAN)


def up(moment: float) -> float:
    """The end of the beat in which a moment is; one at its end belongs to it."""
    beats = -(-moment // BEAT)
    return min(BEAT * beats, SPAN)


def coming_and_going(story: Story) -> Scene:
    told, end = story.course, story.gone("C", 8)
    again = story.gone("A", 16)
    return Scene(
        "Coming and going",
        (
            told.step(0, 4, "Client A sends its first datagram, and with it there is a session:"
                      " a line in a table, and a socket of its own to the upstream that the ring"
                      " has for A's address. The answer comes back through that socket."),
            told.step(4, 8, "B and C come. Each has its own session and its own socket, so that"
                      " nobody's answers are mixed up with another's."),
            told.step(8, up(end), f"C has asked once, and is silent. Nobody says goodbye in UDP."
                      f" After {IDLE:g} s (60 by default) C's session has ended."),
            told.step(up(end), up(again), "A falls silent too, and its session ends as C's did. B"
                      " goes on: each datagram begins its time anew."),
            told.step(up(again), SPAN, f"A is back, with a new session, number {story.begun}. It is"
                      " at the same upstream as before. Nobody has remembered that: the ring says"
                      " the same for the same address."),
        ),
    )  # fmt: skip


def flooded(story: Story) -> Scene:
    told = story.course
    if any(story.gone(client) < SPAN for client in "ABC"):
        raise CourseError("the flood pushes out a client")
    return Scene(
        "A flood",
        (
            told.step(0, 8, f"A and B talk. The table has room for {ROOM} sessions."),
            told.step(8, 12, "Now datagrams come from forged addresses, each from another one. The"
                      " proxy cannot know that, so each has a session. The upstreams cannot make"
                      " sense of them, and answer none."),
            told.step(12, 18, "The table is full. For each new session another one has to leave:"
                      " the oldest of those that never had an answer. So the flood pushes out"
                      " itself. A and B have had answers, and stay."),
            told.step(18, 26, "Client C comes in the middle of it. It is one of many at first, but"
                      " it has its answer long before its turn to leave has come."),
            told.step(26, SPAN, f"The flood is over, and what is left of it ends when its time is"
                      f" up. {story.evicted} sessions had to leave for others. Not one was a"
                      " client's."),
        ),
    )  # fmt: skip


def refused(story: Story) -> Scene:
    if len(story.lost) != 2:
        raise CourseError("a session stays where nobody listens")
    told, end = story.course, story.gone("C", DIES)
    return Scene(
        "Nobody listens",
        (
            told.step(0, DIES, "A and C are at the first upstream, B at the second."),
            told.step(DIES, 14, f"After {DIES:g} s nobody listens at the first one. A's next"
                      " datagram is lost, and so is C's: the kernel over there says so (ICMP), but"
                      " nobody keeps what was sent."),
            told.step(14, RETURNS, "Both sessions have left at once, and their next datagrams go to"
                      " the second upstream. No more than one was lost for each."),
            told.step(RETURNS, up(end), f"After {RETURNS:g} s the first upstream is back. A stays"
                      " where it is: what the second one knows of A, the first one would not."),
            told.step(up(end), SPAN, "C was silent, and its session has ended. When it comes back,"
                      " it has a new one, and that is at the first upstream again."),
        ),
    )  # fmt: skip
