"""The sentences of chapter 19's figure: what was counted in its runs, told step by step."""

from __future__ import annotations

from chapters.figures.lines_seen import LINKS, Samples, rounds
from chapters.figures.trace import Connection, Doing, Step, Token

NUMBERS = "no one two three four five six seven eight nine ten eleven twelve thirteen fourteen"


def words(number: int) -> str:
    """A small number as a word."""
    return [*NUMBERS.split(), str(number)][min(number, len(NUMBERS.split()))]


def joined() -> Step:
    return Step.of(
        "Two clients have connected to the proxy, and the proxy to two upstreams. Both of its"
        " connections wait for lines.",
        [Connection(link.id, "open") for link in LINKS],
    )


def cut(samples: Samples) -> Step:
    return Step.of(
        f"Client a sends 250 bytes: {words(samples[-1].accepted)} lines, and half of one. The proxy"
        " cuts behind the last newline. What is whole is a batch, and the connection that has"
        " waited longest takes it. The half stays here, until there is more.",
        *rounds(
            samples,
            [Doing("a", "works", "sends"), Doing("proxy", "works", "cuts, sends")],
        ),
    )


def other_client(samples: Samples) -> Step:
    taken = samples[-1].accepted - samples[0].accepted
    return Step.of(
        f"Client b sends {words(taken)} lines at once. The other connection takes that batch. Its"
        " kernel has no room for all of it, so this connection is not free any more.",
        *rounds(samples, [Doing("a", "idle", ""), Doing("b", "works", "sends")]),
    )


def arrive(samples: Samples) -> Step:
    return Step.of(
        "Bytes go over, as many as an upstream's kernel has room for, and it confirms them. Both"
        f" lines of the first batch have arrived: {words(samples[-1].counted[2])} delivered. Of the"
        " other batch a part has, so it does not count yet. No program has read anything.",
        *rounds(
            samples,
            [
                Doing("b", "idle", ""),
                Doing("one", "waits", "reads nothing"),
                Doing("two", "waits", "reads nothing"),
            ],
        ),
    )


def joined_up(samples: Samples) -> Step:
    return Step.of(
        "Client a goes on. Its next bytes begin in the middle of a3, and the half that was kept"
        " comes before them. Round robin would send this batch to two. But two is busy, and one"
        " is free.",
        *rounds(samples, [Doing("a", "works", "sends")]),
    )


def both_busy(samples: Samples) -> Step:
    return Step.of(
        f"Upstream one takes half a line more, and then its kernel is full, too."
        f" {words(samples[-1].counted[1]).capitalize()} lines are on their way.",
        *rounds(samples, [Doing("a", "idle", "")]),
    )


def nobody_free(samples: Samples) -> Step:
    return Step.of(
        f"Client b has {words(samples[-1].counted[0])} lines more. Nobody is free, so they wait in"
        " the queue. If that were full, the proxy would stop reading its clients.",
        *rounds(samples, [Doing("b", "works", "sends")]),
    )


def free_again(samples: Samples) -> Step:
    return Step.of(
        "Upstream two reads on. When its kernel has taken the rest of its batch, the connection"
        " is free, and takes what has waited.",
        *rounds(samples, [Doing("b", "idle", ""), Doing("two", "works", "reads")]),
    )


def all_delivered(samples: Samples) -> Step:
    last = samples[-1]
    return Step.of(
        f"So does one. All {last.accepted} lines that were accepted are delivered, and the programs"
        f" have read {last.counted[4]} and {last.counted[5]} of them: nobody has shared them out"
        " equally.",
        *rounds(
            samples,
            [Doing("one", "works", "reads"), Doing("proxy", "idle", ""), Doing("two", "idle", "")],
        ),
    )


def under_way(samples: Samples) -> Step:
    last = samples[-1]
    return Step.of(
        "Our kernel has taken a batch of four lines for each connection, and has passed on a part"
        " of it. So each was free, and has taken another batch."
        f" {words(last.counted[0]).capitalize()} lines wait in the queue,"
        f" {words(last.counted[1])} are on their way.",
        [Connection(link.id, "open") for link in LINKS],
        *rounds(
            samples,
            [
                Doing("proxy", "works", "cuts, sends"),
                Doing("one", "waits", "reads nothing"),
                Doing("two", "waits", "reads nothing"),
            ],
        ),
    )


def broken(samples: Samples, read: int) -> Step:
    last = samples[-1]
    return Step.of(
        f"Somebody kills upstream one, whose program has read {words(read)} line. Its kernel had"
        f" confirmed two and a half, and says reset. Those {words(last.counted[3])} whole lines are"
        " unconfirmed: they had arrived, and who has read them nobody knows. The others, from the"
        " broken a3 on, go back, in front of what waits in the queue.",
        [Token("to-one", "proxy", "refusal", "reset"), Doing("one", "gone", "killed")],
        [Connection("to-one", "closed")],
        *rounds(samples),
    )


def in_front(samples: Samples) -> Step:
    return Step.of(
        "Upstream two reads on, and its connection sends what it still has.",
        *rounds(samples, [Doing("two", "works", "reads")]),
    )


def taken_over(samples: Samples) -> Step:
    last = samples[-1]
    return Step.of(
        "Then it takes a3 and a4 out of the queue, before the two lines that have waited there all"
        f" the time. In the end {words(last.counted[2])} are delivered and"
        f" {words(last.counted[3])} unconfirmed. That makes {last.accepted}, and as many were"
        " accepted.",
        *rounds(samples),
        [Doing("two", "idle", ""), Doing("proxy", "idle", "")],
    )


def ended(samples: Samples) -> Step:
    last = samples[-1]
    return Step.of(
        "The same moment, but now upstream one is being restarted: its program reads what there is,"
        " closes, and its kernel says end. So its program has read all that the kernel had"
        f" confirmed, and {words(last.counted[2])} lines are delivered. The half of a3 is no line,"
        " and it throws that away.",
        [
            Doing("one", "works", "reads, closes"),
            Token("to-one", "proxy", "end", "end"),
        ],
        [Connection("to-one", "closed"), Doing("one", "gone", "")],
        *rounds(samples),
    )


def closed(samples: Samples) -> Step:
    last = samples[-1]
    return Step.of(
        "All the others go to upstream two. Nothing is lost, nothing comes twice, and nothing is in"
        f" doubt: {last.accepted} accepted, {last.counted[2]} delivered.",
        *rounds(samples, [Doing("two", "works", "reads")]),
        [Doing("two", "idle", ""), Doing("proxy", "idle", "")],
    )
