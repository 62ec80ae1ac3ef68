"""This proxy, in a process of its own; `program` has its settings."""

import re
import sys
import tomllib
from collections.abc import Mapping, Sequence

from bench.compare.processes import ROOT, Broken, Running
from bench.compare.proxies.contender import CHECK, OUT, RETRIES, NoDrain, Stage
from bench.compare.upstreams import Upstream


class Ours:
    """The package beside this one."""

    name = "ours"
    package = ""
    in_vain = re.compile(r"another one gets a try$| WARNING 50\d ")
    settings = (
        f"ActiveHealth(HttpProbe) each {CHECK} s, PassiveHealth(ejection={OUT}); "
        f"Retry(limit={RETRIES})"
    )

    async def version(self) -> str | None:
        """As the project says it."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["version"])

    def command(self, stage: Stage) -> tuple[Sequence[str], Mapping[str, str]]:
        """The Python that runs this."""
        urls = [f"http://{each.address}" for each in stage.upstreams]
        module = "bench.compare.proxies.program"
        return [sys.executable, "-m", module, str(stage.port), *urls], {}

    async def drain(self, stage: Stage, program: Running, upstream: Upstream) -> None:
        """A line to its program."""
        told = await program.ask(f"drain http://{upstream.address}", "drain: ")
        if told == "drain: there is none yet":
            raise NoDrain("this version has no Target.set_state yet")
        if told != "drain: done":
            raise Broken(f"ours: {told}")
