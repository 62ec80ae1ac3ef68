"""The sentences of chapter 15's figure: what was measured in its run, told step by step."""

from __future__ import annotations

from chapters.figures.relay_seen import ONE, TWO, Samples, rounds
from chapters.figures.trace import Connection, Doing, Step


def joined() -> Step:
    return Step.of(
        "The client has connected to the proxy, and the proxy to the upstream. The relay joins both"
        " connections: what comes from one is sent on the other.",
        [Connection(ONE, "open"), Connection(TWO, "open")],
    )


def both_ways(samples: Samples) -> Step:
    return Step.of(
        "Bytes flow both ways, and the relay does not ask what they mean. Each piece goes straight"
        " through. Nothing is kept.",
        *rounds(
            samples,
            [
                Doing("client", "works", "sends"),
                Doing("proxy", "works", "passes on"),
                Doing("upstream", "works", "reads and answers"),
            ],
            apart=True,
        ),
    )


def filling_upstream(samples: Samples) -> Step:
    return Step.of(
        "Now the upstream stops reading. What still comes stays in its kernel's receive buffer,"
        f" until that is full at {samples[-1].held[4]} KiB.",
        *rounds(samples, [Doing("upstream", "waits", "reads nothing")]),
    )


def sending_on(samples: Samples) -> Step:
    return Step.of(
        "A full kernel takes nothing more from the wire. What the proxy sends stays in its own"
        " kernel's send buffer, and that fills up too.",
        *rounds(samples),
    )


def keeping(samples: Samples) -> Step:
    return Step.of(
        f"The next {samples[-1].held[2]} KiB are read, but `send` does not take them. The relay"
        " keeps them as its rest. Until that is gone, it reads no more from the client.",
        *rounds(samples),
        [Doing("proxy", "waits", "reads no more")],
    )


def filling_proxy(samples: Samples) -> Step:
    return Step.of(
        "The client knows nothing of it and sends on. Its pieces stay in the proxy's receive"
        " buffer, since nobody reads them.",
        *rounds(samples),
    )


def filling_client(samples: Samples) -> Step:
    return Step.of(
        "When that is full, they do not even leave the client: its own send buffer fills up.",
        *rounds(samples),
    )


def full(samples: Samples) -> Step:
    last = samples[-1]
    return Step.of(
        "Now the client has to wait: that is backpressure."
        f" {sum(last.held)} KiB are on their way, and only {last.held[2]} of them are in the"
        " proxy's memory. There would be no more if the client had 4 GB to send.",
        *rounds(samples, [Doing("client", "waits", "has to wait")]),
    )


def other_way(samples: Samples) -> Step:
    return Step.of(
        "The other direction is a flow of its own. What the upstream sends reaches the client as"
        " before.",
        *rounds(samples, [Doing("upstream", "works", "only sends")], apart=True),
    )


def moving_on(samples: Samples) -> Step:
    first, last = samples[0], samples[-1]
    taken = last.taken - first.taken
    return Step.of(
        f"The upstream reads again, {last.read - first.read} KiB at once. All that waits moves up."
        f" The rest is gone, so the relay reads on: of the next {taken} KiB `send` takes"
        f" {taken - last.held[2]}, and {last.held[2]} are the new rest.",
        *rounds(
            samples,
            [
                Doing("upstream", "works", "reads"),
                Doing("proxy", "works", "passes on"),
                Doing("client", "works", "sends"),
            ],
        ),
    )


def draining(samples: Samples) -> Step:
    return Step.of(
        "The client has nothing more to send, and everything drains in order, the rest always"
        f" before what came after it. The upstream has read all {samples[-1].read} KiB, and every"
        " byte is in its place.",
        *rounds(samples, [Doing("client", "idle", "")]),
        [Doing("proxy", "idle", ""), Doing("upstream", "idle", "")],
    )


def said(samples: Samples) -> Step:
    return Step.of(
        f"The client sends all that it has to say, {samples[-1].held[4]} KiB. The upstream is busy"
        " and has not read them yet.",
        *rounds(
            samples,
            [
                Doing("client", "works", "sends"),
                Doing("proxy", "works", "passes on"),
                Doing("upstream", "waits", "is busy"),
            ],
        ),
    )


def ending(samples: Samples) -> Step:
    return Step.of(
        "The client ends its direction with `shutdown`, and still listens: that is a half-close."
        " Its end travels like a last byte.",
        *rounds(samples, [Doing("client", "works", "ends, listens")]),
    )


def end_passed(samples: Samples) -> Step:
    return Step.of(
        "The relay reads the end, and says `shutdown` on connection 2. The other direction goes"
        " on. To close both now would lose the answer.",
        *rounds(samples, [Doing("proxy", "works", "passes it on")]),
    )


def end_heard(samples: Samples) -> Step:
    return Step.of(
        f"The upstream reads the {samples[-1].read} KiB, and behind them the end. Now it knows that"
        " nothing more will come, and what it has is all.",
        *rounds(samples, [Doing("upstream", "works", "reads all")]),
    )


def answering(samples: Samples) -> Step:
    size = samples[-1].crossed[3] - samples[0].crossed[3]
    return Step.of(
        f"Its answer flows back through the direction that is still open: {size} KiB.",
        *rounds(
            samples,
            [
                Doing("client", "works", "listens"),
                Doing("proxy", "works", "passes on"),
                Doing("upstream", "works", "answers"),
            ],
            apart=True,
        ),
    )


def upstream_ends(samples: Samples) -> Step:
    return Step.of(
        "Then the upstream ends as well, and its end goes through to the client.",
        *rounds(samples, [Doing("upstream", "idle", "ends")], apart=True),
    )


def over() -> Step:
    return Step.of(
        "Both directions have ended, so the relay is over. It closes both connections.",
        [Doing("proxy", "works", "closes")],
        [
            Connection(ONE, "closed"),
            Connection(TWO, "closed"),
            *(Doing(actor, "idle", "") for actor in ("client", "proxy", "upstream")),
        ],
    )
