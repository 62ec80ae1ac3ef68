"""One story of upstreams that die, hang and leave, before this proxy, nginx, HAProxy and Caddy.

    python -m bench.compare [--only ours,nginx] [--seconds 7] [--rate 50] [--seed 1]

Three upstreams, one proxy, one client, a process each, over plain HTTP. Requests come at times that
are the same for every proxy, whether those before are answered or not. The proxies have their turns
one after another. `python -m bench.compare --help` says what can be set.
"""

import asyncio
import os
import platform
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from bench.compare.arrivals import arrivals
from bench.compare.processes import Broken
from bench.compare.proxies.caddy import Caddy
from bench.compare.proxies.contender import Contender
from bench.compare.proxies.haproxy import HAProxy
from bench.compare.proxies.nginx import Nginx
from bench.compare.proxies.ours import Ours
from bench.compare.report import NOTES, markdown, rows, table
from bench.compare.results import errors
from bench.compare.story import PHASES, Story, told

CONTENDERS: tuple[Contender, ...] = (Nginx(), HAProxy(), Caddy(), Ours())
"""In the order in which they have their turns."""


def chosen(only: str) -> list[Contender]:
    """The proxies of a list like "ours,nginx". Raises BadParameter for one that is not known."""
    known = {contender.name.lower(): contender for contender in CONTENDERS}
    names = [name.strip().lower() for name in only.split(",")] if only else list(known)
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(
            f"{unknown[0]!r} is none of {', '.join(known)}", param_hint="--only"
        )
    return [contender for name, contender in known.items() if name in names]


def processor() -> str:
    """What the machine calls its processors."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} x {names[0] if names else platform.machine()}"


class Comparison:
    """The proxies' turns."""

    def __init__(self, seconds: float, rate: float, seed: int, console: Console) -> None:
        self._seconds = seconds
        self._arrivals = arrivals(rate, seconds * len(PHASES), seed)
        self._console = console
        self.stories: dict[str, Story] = {}
        self.facts = [
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {processor()}; "
            f"Python {platform.python_version()}",
            f"{len(self._arrivals)} requests in {len(PHASES)} phases of {seconds:g} s, "
            f"{rate:g} a second, seed {seed}",
        ]

    async def run(self, contenders: Sequence[Contender]) -> None:
        """One after the other; those that are not installed are named, and left out."""
        task = asyncio.current_task()
        if task:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        for contender in contenders:
            version = await contender.version()
            if version is None:
                self._console.print(
                    f"{contender.name} is not installed, and left out: "
                    f"apt-get install {contender.package}"
                )
                continue
            self._console.print(f"{contender.name} {version} ...")
            story = await told(contender, self._arrivals, self._seconds)
            self._console.print(f"  {errors(story)} errors")
            self.stories[f"{contender.name} {version}"] = story
            self.facts.append(f"{contender.name} {version}: {contender.settings}")


def show(comparison: Comparison, console: Console, page: Path | None) -> None:
    """Prints what there is, and writes the same to a file."""
    lines = rows(comparison.stories)
    for fact in (*comparison.facts, *NOTES):
        console.print(fact, highlight=False)
    console.print(table(lines))
    if page:
        page.write_text(markdown(comparison.facts, lines), encoding="utf-8")


def why(error: Broken | BaseExceptionGroup[BaseException]) -> str:
    """What to tell of programs that do not do what they should. Raises what is another error."""
    if isinstance(error, Broken):
        return str(error)
    broken = error.subgroup(Broken)
    if broken is None:
        raise error
    return "\n".join(why(each) for each in broken.exceptions if isinstance(each, Broken))


@click.command(
    help="One story of upstreams that die, hang and leave, before this proxy and others."
)
@click.option("--only", default="", help="Proxies, like ours,nginx; all without it.")
@click.option(
    "--seconds",
    default=7.0,
    show_default=True,
    type=click.FloatRange(4, 9),
    help="The length of each of the six phases.",
)
@click.option(
    "--rate",
    default=50.0,
    show_default=True,
    type=click.FloatRange(5, 200),
    help="Requests a second.",
)
@click.option("--seed", default=1, show_default=True, help="Other arrival times.")
@click.option(
    "--markdown",
    "page",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="A file that the table is written to as well, as Markdown.",
)
def main(only: str, seconds: float, rate: float, seed: int, page: Path | None) -> None:
    """Prints one table."""
    console = Console()
    contenders = chosen(only)
    comparison = Comparison(seconds, rate, seed, console)
    failure = ""
    try:
        asyncio.run(comparison.run(contenders))
    except (Broken, BaseExceptionGroup) as error:
        failure = why(error)
    except asyncio.CancelledError as error:
        raise click.exceptions.Exit(128 + signal.SIGTERM) from error
    if comparison.stories:
        show(comparison, console, page)
    if failure or not comparison.stories:
        raise click.ClickException(failure or "none of them is installed")


if __name__ == "__main__":
    main()
