"""The sentences of chapter 8's figure: what was measured in its runs, told step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chapters.figures.over_time import Course
from chapters.figures.trace import Scene

SPAN = 54
BEAT = 2.0
"""Seconds of one beat of the figure."""

FLAPS, STEADY, FAILS, RECOVERS = 3.0, 5.0, 15.0, 31.0
"""When the upstream fails for a moment, and when for long; in seconds."""


@dataclass(frozen=True, slots=True)
class Story:
    """What was seen in one run. Times are in seconds; spans are from when to when."""

    course: Course
    lost: Sequence[float]
    ejected: Sequence[tuple[float, float]]
    down: Sequence[tuple[float, float]]
    trials: Sequence[float]

    def lost_within(self, begin: float, end: float) -> int:
        """How many requests were lost then."""
        return sum(begin <= at < end for at in self.lost)


def up(moment: float) -> float:
    """The end of the beat in which a moment is."""
    return min(BEAT * (moment // BEAT + 1), SPAN)


def traffic_only(story: Story) -> Scene:
    told, out = story.course, story.ejected
    first, trials = up(out[0][0]), story.trials
    back = up(out[-1][1])
    return Scene(
        "Live traffic",
        (
            told.step(0, 8, f"The upstream flaps: for {STEADY - FLAPS:g} s it answers 503, and"
                      f" {story.lost_within(FLAPS, 8)} requests are lost. They are fewer than five"
                      " in a row, so nothing comes of it."),
            told.step(8, first, "Then it fails for long. After five failures in a row it is"
                      " ejected, here for 10 s (30 by default). The other upstreams get its"
                      " requests."),
            told.step(first, up(trials[0]), "The 10 s are over, and one request is let in, on"
                      " trial. It fails, and the upstream is out again, for twice as long."),
            told.step(up(trials[0]), up(RECOVERS + 3), f"At {RECOVERS:g} s the upstream recovers."
                      " Live traffic cannot know: there is none."),
            told.step(up(RECOVERS + 3), back, "The 20 s are over. The next trial succeeds, and the"
                      f" upstream is back, {out[-1][1] - RECOVERS:.0f} s after it recovered."),
            told.step(back, SPAN, f"{len(story.lost)} requests were lost: live traffic finds out by"
                      " losing them, and each trial may cost one more."),
        ),
    )  # fmt: skip


def probes_only(story: Story) -> Scene:
    told, (begin, end) = story.course, story.down[0]
    return Scene(
        "Probes",
        (
            told.step(0, 8, "The same course of things, watched by probes, one about every 2 s. The"
                      " flap is too short for three failures in a row: the upstream stays up, and"
                      f" {story.lost_within(FLAPS, 8)} requests are lost."),
            told.step(8, up(begin), f"The third probe that fails takes the upstream out,"
                      f" {begin - FAILS:.0f} s after it began to fail. Until then"
                      f" {story.lost_within(FAILS, begin + 1)} requests are lost."),
            told.step(up(begin), up(RECOVERS - 1), "Now only probes fail, and they are nobody's"
                      " requests. There is no trial, and none is lost to one."),
            told.step(up(RECOVERS - 1), up(end), "It recovers. After two passes in a row it is up,"
                      f" {end - RECOVERS:.0f} s later."),
            told.step(up(end), SPAN, f"{len(story.lost)} requests were lost. Probes go on when"
                      " there is no traffic, but a probe sees one path only."),
        ),
    )  # fmt: skip


def both(story: Story) -> Scene:
    told, (begin, end), (ejected, _) = story.course, story.down[0], story.ejected[0]
    seen, noticed = story.lost_within(FAILS, ejected + 1), up(max(begin, ejected))
    return Scene(
        "Both",
        (
            told.step(0, 8, "With both, the flap is still nothing: neither five requests nor three"
                      " probes fail in a row."),
            told.step(8, noticed, "Both count at the same time, and either can take the upstream"
                      f" out. Here live traffic is first, after {seen} lost requests; the third"
                      f" probe fails {begin - ejected:.0f} s later."),
            told.step(noticed, up(RECOVERS - 1), "After 10 s the ejection is over. But probes still"
                      " say that the upstream is down, so nothing is let in, and no request is lost"
                      " to a trial."),
            told.step(up(RECOVERS - 1), up(story.trials[-1]), "It recovers. Two passes bring it up,"
                      f" {end - RECOVERS:.0f} s later. The first request is a trial, and passes."),
            told.step(up(story.trials[-1]), SPAN, f"{len(story.lost)} requests were lost, no more"
                      " than with either one alone; and it was back as soon as with probes."),
        ),
    )  # fmt: skip
