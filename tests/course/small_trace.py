"""A trace that has one of everything, and no code behind it."""

from chapters.figures.trace import (
    Actor,
    Connection,
    Doing,
    Entry,
    Gauge,
    Lane,
    Level,
    Link,
    Moment,
    Note,
    Scene,
    Score,
    Step,
    Token,
    Trace,
)

ASK = Step.of(
    "The client asks.",
    [Connection("one", "open"), Token("one", "proxy", "request", "GET")],
    [Note("one", "a request", (("kept", "GET / HTTP/1.1"), ("dropped", "Connection: close")))],
    [Entry("state", "well", 0, 1), Moment(1)],
)
BOTH = Step.of(
    "The proxy asks both, and `waits`.",
    [Connection("left", "open"), Connection("right", "open"), Level("queue", 2)],
    [Token("left", "rose", "request", "GET"), Token("right", "tulip", "request", "GET")],
    [Doing("proxy", "waits", "waits for both")],
)
ANSWERS = Step.of(
    "Both answer, and the queue isn't full any more.",
    [Token("left", "proxy", "response", "200"), Token("right", "proxy", "response", "200")],
    [Level("queue", 0), Doing("proxy", "idle", "")],
    [
        Entry("answers", "done", 2, 2),
        Entry("answers", "done", 2.2, 2.2),
        Entry("state", "trial", 1, 2),
        Entry("tries", "again", 1, 2, 3),
        Entry("tries", "first", 1, 2, 2),
        Score("tries", "two first ones, and another"),
        Moment(2.5),
    ],
)
LAST = Step.of(
    "Two pieces go to the client.",
    [Token("one", "client", "piece", "1 KiB"), Token("one", "client", "piece", "1 KiB")],
)
GONE = Step.of(
    "The rose is gone.",
    [Doing("rose", "gone", "is not there"), Connection("left", "refused")],
    [Token("left", "proxy", "refusal", "no"), Level("queue", 3)],
    [Entry("answers", "lost", 2, 2), Entry("state", "bad", 1, 2), Entry("state", "out", 2, 4)],
    [Score("tries", "none"), Moment(4)],
)

SMALL = Trace(
    title="Two are asked",
    about="A client, a proxy and two upstreams. Both are asked, and both answer; or one is gone.",
    actors=(
        Actor("client", "client", "client", 0),
        Actor("proxy", "proxy", "proxy", 1),
        Actor("rose", "rose", "upstream", 2),
        Actor("tulip", "tulip", "upstream", 2),
    ),
    links=(
        Link("one", "connection 1", ("client", "proxy")),
        Link("left", "connection 2", ("proxy", "rose")),
        Link("right", "connection 3", ("proxy", "tulip")),
    ),
    gauges=(Gauge("queue", "in flight", "proxy", capacity=4, cell=1, unit="", mark=2),),
    scenes=(
        Scene("Both answer", (ASK, BOTH, ANSWERS, LAST)),
        Scene("One is gone", (ASK, GONE)),
    ),
    telling=(0, 1),
    lanes=(
        Lane("answers", "answers"),
        Lane("state", "the rose"),
        Lane("tries", "tries a second", highest=4),
    ),
    span=4,
    legend=(("done", "answered"), ("lost", "lost"), ("again", "second tries"), ("out", "out")),
)
