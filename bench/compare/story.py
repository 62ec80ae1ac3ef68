"""The story: one is killed and started again, one is stopped and goes on, and one is drained."""

import asyncio
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.compare.arrivals import Arrival
from bench.compare.client import Answer, Client, Failed, SlowAnswer
from bench.compare.processes import PATIENCE, Running, running
from bench.compare.proxies.contender import Contender, NoDrain, Stage, free_port
from bench.compare.upstreams import NAMES, Upstream, three

STEADY, KILLED, STARTED, STOPPED, GOES_ON, DRAINED = PHASES = (
    "all are well",
    "b is killed",
    "b is started again",
    "c is stopped",
    "c goes on",
    "a is drained",
)
"""The phases, one as long as the other."""

EARLY = 0.7
"""Seconds from the beginning of the slow answer to the drain."""


@dataclass(slots=True)
class Story:
    """What happened. Times are in seconds from the beginning."""

    phase: float
    """How long each phase was."""
    answers: Sequence[Answer] = ()
    in_vain: Sequence[float] = ()
    """When the proxy's log told of a try that came to nothing."""
    started: float = 0.0
    """When the one that was killed listened again."""
    went_on: float = 0.0
    drained: float | None = None
    """When the proxy was told to drain; None when it cannot."""
    slow: str = ""
    """What became of the slow answer that ran when its upstream was drained."""
    reopened: int = 0

    def begin(self, phase: str) -> float:
        """When a phase begins."""
        return PHASES.index(phase) * self.phase

    def end(self, phase: str) -> float:
        """When a phase ends."""
        return self.begin(phase) + self.phase


async def told(contender: Contender, arrivals: Sequence[Arrival], phase: float) -> Story:
    """Plays the story with one proxy. Raises Broken when a program does not do what it should."""
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        async with three() as upstreams:
            stage = Stage(Path(folder), free_port(), upstreams)
            command, env = contender.command(stage)
            async with running(
                contender.name, command, env=env, noted=contender.in_vain
            ) as program:
                await ready(program, stage.port)
                return await Play(contender, stage, program, phase).play(arrivals)


async def ready(program: Running, port: int) -> None:
    """Returns when the proxy has let each upstream answer."""
    client, heard = Client(port), set[str]()
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while heard != set(NAMES):
        if program.is_silent or loop.time() > end:
            raise program.broken("did not reach all upstreams")
        heard.add((await client.get("/", loop.time(), is_kept=False)).who)
        heard.discard("")
        await asyncio.sleep(0.01)


class Play:
    """One performance, with one proxy that runs."""

    def __init__(self, contender: Contender, stage: Stage, program: Running, phase: float) -> None:
        self._contender = contender
        self._stage = stage
        self._program = program
        self._story = Story(phase)
        self._began = asyncio.get_running_loop().time()

    async def play(self, arrivals: Sequence[Arrival]) -> Story:
        """All of it."""
        client = Client(self._stage.port)
        async with asyncio.TaskGroup() as group:
            acts = group.create_task(self._acts())
            tasks = [group.create_task(self._ask(client, arrival)) for arrival in arrivals]
            await acts
        await client.aclose()
        self._story.answers = [task.result() for task in tasks]
        self._story.in_vain = [time - self._began for time in self._program.times]
        self._story.reopened = client.reopened
        return self._story

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    async def _until(self, time: float) -> None:
        await asyncio.sleep(time - self._now())

    async def _ask(self, client: Client, arrival: Arrival) -> Answer:
        """One request, when it is due."""
        await self._until(arrival.at)
        answer = await client.get("/", self._began + arrival.at, is_kept=arrival.is_kept)
        return replace(answer, meant=arrival.at, ended=answer.ended - self._began)

    async def _acts(self) -> None:
        """What happens to the upstreams."""
        a, b, c = self._stage.upstreams
        story = self._story
        await self._until(story.begin(KILLED))
        b.signal(signal.SIGKILL)
        await self._until(story.begin(STARTED))
        await b.start()
        story.started = self._now()
        await self._until(story.begin(STOPPED))
        c.signal(signal.SIGSTOP)
        await self._until(story.begin(GOES_ON))
        c.signal(signal.SIGCONT)
        story.went_on = self._now()
        await self._drain(a)

    async def _drain(self, upstream: Upstream) -> None:
        """Drains an upstream in the middle of an answer of its."""
        story = self._story
        await self._until(story.begin(DRAINED) - EARLY)
        try:
            slow = await SlowAnswer.of(upstream.name, self._stage.port)
        except Failed as error:
            raise self._program.broken(str(error)) from error
        await self._until(story.begin(DRAINED))
        try:
            asked = self._now()
            await self._contender.drain(self._stage, self._program, upstream)
            story.drained = asked
            await slow.finish()
            story.slow = f"finished, {self._now() - asked:.1f} s after"
        except (NoDrain, Failed) as error:
            story.slow = str(error)
        finally:
            slow.close()
