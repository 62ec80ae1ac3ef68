"""Worker: what is an upstream that was of no use, and what is not."""

import asyncio

import pytest

from tests.chapter_08.leaping import leap
from tests.chapter_19.town import Town


def test_an_upstream_that_drains_before_it_had_a_line_was_of_use(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A worker that leaves at once goes on at once: nobody has hung up on it."""
    town = Town(idle=True)

    async def main() -> None:
        worker = town.worker()
        working = asyncio.ensure_future(worker.run())
        await asyncio.sleep(1)
        town.target.set_state("tcp://rose.test:1", "drain")
        worker.leave()
        await asyncio.sleep(1)
        working.cancel()
        await asyncio.wait([working])

    leap(main())
    assert [when for when, _ in town.used] == [0, 1]
    assert "hung up" not in caplog.text


def test_the_only_upstream_is_not_avoided(caplog: pytest.LogCaptureFixture) -> None:
    """It hangs up once, and is asked again after one pause, as there is nobody else."""
    town = Town(names=("rose",), useless={"rose": 1.0}).lives(10)
    assert town.asked == [(0.0, "rose"), (2.0, "rose")]
    assert "none is available" not in caplog.text
