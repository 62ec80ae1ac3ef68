"""The verb simulate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chapters.errors import CourseError
from chapters.session import Session
from chapters.telling import plainly

if TYPE_CHECKING:
    from chapters.simulation.world import Run


def faults(way: str, example: str, what: str) -> click.Option:
    """An option that says when something is done to an upstream; may be given repeatedly."""
    return click.Option([f"--{way}"], multiple=True, metavar=example, help=what)


def switch(name: str, default: bool, what: str) -> click.Option:
    return click.Option([f"--{name}/--no-{name}"], default=default, help=what)


OPTIONS: list[click.Parameter] = [
    click.Option(
        ["--policy"], default="round-robin", metavar="P[,P...]",
        help="How upstreams are chosen: round-robin, random, first, least-conn, p2c, or by a key:"
        " ring, bounded, maglev. Several are compared.",
    ),
    click.Option(["--upstreams"], type=int, default=3, help="How many there are."),
    click.Option(
        ["--service-time"], default="20ms", metavar="T[,T...]",
        help="Mean time for a request: of all upstreams, or of each (20ms,20ms,60ms).",
    ),
    click.Option(
        ["--weights"], default="", metavar="W,W[,W...]", help="A weight for each: 3,1,1."
    ),
    click.Option(["--keys"], type=int, default=1000, help="Keys that requests are about."),
    click.Option(
        ["--zipf"], is_flag=True,
        help="The second key is asked for half as often as the first, the third a third as often.",
    ),
    click.Option(
        ["--hot"], type=float, default=0.0, metavar="SHARE",
        help="The first key has this share of all requests: --hot 0.5.",
    ),
    click.Option(["--even"], is_flag=True, help="Every request takes exactly that time."),
    click.Option(["--slots"], type=int, default=4, help="Requests an upstream works on at once."),
    click.Option(["--rate"], type=float, default=100.0, help="Requests a second."),
    click.Option(["--duration"], default="10s", metavar="T", help="How long requests come."),
    click.Option(["--timeout"], default="60s", metavar="T", help="How long an answer may take."),
    faults("kill", "N@T", "Kill upstream N at T, as kill -9 does: --kill 1@5s."),
    faults("restart", "N@T", "Start it again."),
    faults("slow", "N@TxF", "From then on it takes F times as long: --slow 1@5sx10."),
    faults("fail", "N@T", "From then on it answers 503 at once."),
    click.Option(
        ["--warm-up"], default="", metavar="T",
        help="Started again, it is cold for so long: at first it takes 5 times as long.",
    ),
    switch("passive", True, "Passive health, by its defaults."),
    switch("active", False, "Active health, by its defaults: a probe every 2 s."),
    click.Option(
        ["--slow-start"], default="", metavar="T",
        help="Who comes back gets a few requests first, and all of them after this time.",
    ),
    click.Option(
        ["--panic"], type=float, default=0.0, metavar="SHARE",
        help="Ignore health while fewer than this share of the upstreams is available: 0.5.",
    ),
    switch("retries", True, "Retries, by their defaults."),
    click.Option(
        ["--retry-statuses"], default="", metavar="S[,S...]", help="Answers that are retried."
    ),
    switch("budget", True, "A budget for retries."),
    click.Option(["--seed"], type=int, default=1, help="The same seed gives the same run."),
    click.Option(["--svg"], type=click.Path(path_type=Path), help="Write a plot to this file."),
]  # fmt: skip


@click.pass_obj
def run(session: Session, /, svg: Path | None, **options: object) -> None:
    # Imported here: the other verbs do without the package.
    from chapters.simulation.options import settings_of
    from chapters.simulation.report import compare, report
    from chapters.simulation.world import simulate as simulated

    wanted = settings_of(options)
    if svg is not None and len(wanted) > 1:
        raise CourseError("--svg draws one run: give one --policy")
    runs = [simulated(settings) for settings in wanted]
    if len(runs) > 1:
        compare(session.console, runs)
        return
    report(session.console, runs[0])
    if svg is not None:
        write(svg, runs[0])
        plainly(session.console, f"wrote {svg}")


def write(svg: Path, done: Run) -> None:
    """Draws a run into a file. CourseError when that cannot be written."""
    from chapters.simulation.svg import plot

    try:
        svg.write_text(plot(done), encoding="utf-8")
    except OSError as error:
        raise CourseError(f"--svg {str(svg)!r}: {error.strerror}") from error


simulate = click.Command(
    "simulate",
    callback=run,
    params=OPTIONS,
    help="""Runs the package among simulated clients and upstreams, in no time.

    Choices, health, retries and their budget are the package's own code; the clock, the clients and
    the upstreams are made up. It prints what each upstream and the clients had: the requests that
    came to an upstream first, all tries with retries among them, how long answers took, and which
    part of its slots was at work. Of several policies it prints one table, to compare them.

    \b
      $ python -m chapters simulate --kill 1@5s --seed 7
      $ python -m chapters simulate --service-time 20ms,20ms,60ms --slots 1
      $ python -m chapters simulate --kill 1@3s --restart 1@6s --active --duration 20s
      $ python -m chapters simulate --policy round-robin,least-conn,p2c --slow 1@2sx5
      $ python -m chapters simulate --policy ring,bounded,maglev --keys 100 --hot 0.5
    """,
)
