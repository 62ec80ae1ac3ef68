"""The parts of the comparison that can be checked without the proxies."""

import asyncio
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bench.compare import results
from bench.compare.__main__ import CONTENDERS, chosen, main
from bench.compare.arrivals import KEPT, arrivals
from bench.compare.client import Answer, Client, Failed, parse
from bench.compare.processes import Broken, Running, output, running
from bench.compare.proxies.contender import Contender, Stage
from bench.compare.proxies.program import drained
from bench.compare.report import errors, markdown, rows
from bench.compare.results import Phase
from bench.compare.story import DRAINED, KILLED, PHASES, STARTED, STEADY, STOPPED, Story
from bench.compare.upstreams import NAMES, Upstream


def test_every_proxy_gets_the_same_arrivals() -> None:
    assert arrivals(50, 10, seed=3) == arrivals(50, 10, seed=3)
    assert arrivals(50, 10, seed=3) != arrivals(50, 10, seed=4)


def test_arrivals_come_at_the_rate_and_in_order() -> None:
    found = arrivals(50, 200, seed=1)
    times = [arrival.at for arrival in found]
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] < 200
    assert len(found) / 200 == pytest.approx(50, rel=0.05)
    assert sum(arrival.is_kept for arrival in found) / len(found) == pytest.approx(KEPT, rel=0.1)


@pytest.mark.parametrize(("share", "value"), [(0.01, 1), (0.5, 50), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert results.percentile(list(range(100, 0, -1)), share) == value


def test_nothing_has_no_percentile() -> None:
    assert math.isnan(results.percentile([], 0.5))


@pytest.fixture
def story() -> Story:
    """Phases of ten seconds: b is killed at 10 and back at 20.5, and nobody drains a."""
    return Story(
        phase=10.0,
        answers=[
            Answer(1.0, 1.02, "a"),
            Answer(2.0, 2.04, "b"),
            Answer(9.9, 10.9, error="502"),
            Answer(11.0, 11.01, "a"),
            Answer(12.0, 12.01, "a"),
            Answer(13.0, 13.03, "c"),
            Answer(20.4, 21.0, "b"),
            Answer(21.0, 21.5, "b"),
            Answer(51.0, 51.1, "a"),
            Answer(52.0, 52.1, "b"),
        ],
        in_vain=[10.1, 12.5, 31.0],
        started=20.5,
    )


def test_a_request_belongs_to_the_phase_in_which_it_was_meant_to_begin(story: Story) -> None:
    steady = results.phase(story, STEADY)
    assert steady.requests == 3
    assert steady.errors == Counter({"502": 1})
    assert results.phase(story, KILLED).errors == Counter()
    assert results.errors(story) == 1


def test_times_are_those_of_good_answers_from_when_they_were_meant_to_begin(story: Story) -> None:
    steady = results.phase(story, STEADY)
    assert steady.p50 == pytest.approx(20)
    assert steady.p99 == pytest.approx(40)


def test_skew_is_measured_by_those_who_could_answer(story: Story) -> None:
    assert results.phase(story, STEADY).skew == pytest.approx(1 / 2 * 3)
    assert results.phase(story, KILLED).skew == pytest.approx(2 / 3 * 2)
    assert math.isnan(results.phase(story, STOPPED).skew)


def test_tries_in_vain_are_counted_in_their_phase(story: Story) -> None:
    assert results.in_vain(story, KILLED) == (2, 2.5)
    assert results.in_vain(story, STOPPED) == (1, 1.0)
    count, last = results.in_vain(story, STEADY)
    assert count == 0
    assert math.isnan(last)


def test_one_is_back_when_it_answers_what_was_asked_for_after_its_start(story: Story) -> None:
    assert results.back(story, "b", story.started) == pytest.approx(1.0)
    assert math.isnan(results.back(story, "c", story.started))


def test_what_reaches_a_drained_one_counts_from_the_drain(story: Story) -> None:
    assert results.after_drain(story, "a")[0] is None, "nobody has drained it"
    story.drained = 50.5
    assert results.after_drain(story, "a") == (1, 0.5)


def test_the_share_of_one_upstream_is_of_all_requests(story: Story) -> None:
    assert results.share(story, "b", STEADY) == pytest.approx(1 / 3)
    assert results.share(story, "b", DRAINED) == pytest.approx(1 / 2)
    assert math.isnan(results.share(story, "b", STOPPED))


def test_the_table_has_a_column_for_each_proxy_and_lines_for_each_phase(story: Story) -> None:
    head, *lines = rows({"ours 1": story, "nginx 2": story})
    assert head == ("", "ours 1", "nginx 2")
    assert {len(line) for line in lines} == {3}
    for name in PHASES:
        assert sum(line[0].endswith(name) for line in lines) >= 3
    cells = {line[0]: line[1] for line in lines}
    assert cells[f"errors of 3: {STEADY}"] == "1 (502: 1)"
    assert cells[f"first answer: {STARTED}"] == "after 1.0 s"
    assert cells[f"requests to a: {DRAINED}"] == "-"


def test_errors_are_told_by_kind_the_most_frequent_first() -> None:
    none = Phase(requests=9, errors=Counter(), p50=1, p99=2, skew=1)
    assert errors(none) == "0"
    assert errors(replace(none, errors=Counter({"reset": 1, "502": 2}))) == "3 (502: 2, reset: 1)"


def test_where_nothing_was_drained_the_phase_has_no_numbers(story: Story) -> None:
    of_phase = [line for line in rows({"ours": story}) if line[0].endswith(DRAINED)]
    assert {line[1] for line in of_phase if not line[0].startswith("slow")} == {"-"}


def test_the_page_has_the_facts_and_the_same_table() -> None:
    page = markdown(["today"], [("", "ours"), ("errors", "0")])
    assert page.startswith("- today\n")
    assert page.endswith("\n\n|  | ours |\n|---|---|\n| errors | 0 |\n")


def test_all_are_chosen_unless_some_are_named() -> None:
    assert chosen("") == list(CONTENDERS)
    assert [contender.name for contender in chosen("Ours, nginx")] == ["nginx", "ours"]
    with pytest.raises(click.BadParameter, match="'apache' is none of nginx, haproxy, caddy, ours"):
        chosen("ours,apache")


@pytest.mark.parametrize(
    "arguments", [["--only", "apache"], ["--seconds", "99"], ["--rate", "0"], ["--seed", "x"]]
)
def test_an_option_that_cannot_be_is_refused(arguments: list[str]) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert arguments[0] in done.output


def test_a_proxy_that_is_not_there_is_named_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    done = CliRunner().invoke(main, ["--only", "nginx,haproxy,caddy"])
    assert done.exit_code == 1
    for package in ("nginx", "haproxy", "caddy"):
        assert f"apt-get install {package}" in done.output


@pytest.fixture
def upstreams() -> Iterator[list[Upstream]]:
    """Three that do not run."""
    made = [Upstream(name) for name in NAMES]
    yield made
    for upstream in made:
        upstream.release()


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.name)
def test_settings_name_the_port_and_all_upstreams(
    contender: Contender, upstreams: list[Upstream], tmp_path: Path
) -> None:
    command, _ = contender.command(Stage(tmp_path, 8000, upstreams))
    files = "".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    text = files or " ".join(command)
    assert "8000" in text
    assert all(upstream.address in text for upstream in upstreams)
    assert "{" + "folder" not in text


LOGGED = {
    "nginx": "2026/11/21 10:00:00 [error] 7#7: *3 connect() failed (111: Connection refused) while "
    'connecting to upstream, client: 127.0.0.1, server: , request: "GET / HTTP/1.1"',
    "HAProxy": "127.0.0.1:5 [21/Nov/2026:10:00:00.000] in three/a 0/0/0/20/20 200 90 - - ---- "
    '1/1/0/0/+1 0/0 "GET / HTTP/1.1"',
    "Caddy": '{"level":"debug","msg":"upstream roundtrip","upstream":"127.0.0.1:1","error":"x"}',
    "ours": "2026-11-21 10:00:00,000 WARNING GET /: upstream http://127.0.0.1:1: [Errno 111] "
    "refused; another one gets a try",
}


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.name)
def test_the_log_tells_of_tries_in_vain(contender: Contender) -> None:
    assert contender.in_vain.search(LOGGED[contender.name])
    for others in set(LOGGED) - {contender.name}:
        assert not contender.in_vain.search(LOGGED[others])


class Target:
    """A target that can be drained."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def set_state(self, url: str, state: str) -> None:
        self.told.append((url, state))


def test_ours_drains_when_its_target_can() -> None:
    target = Target()
    assert drained(target, "http://h:1") == "done"
    assert target.told == [("http://h:1", "drain")]
    assert drained(None, "http://h:1") == "there is none yet"


def test_another_status_than_200_is_an_error() -> None:
    assert parse(b"HTTP/1.1 200 OK\r\nX-Upstream: a\r\n\r\n") == {"x-upstream": "a"}
    with pytest.raises(Failed, match="502"):
        parse(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")


async def test_a_kept_connection_that_was_closed_is_opened_again_and_no_error() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-Upstream: a\r\n\r\na")
        writer.close()  # without a word before

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with asyncio.timeout(5), server:
        client = Client(server.sockets[0].getsockname()[1])
        answers = [await client.get("/", 0.0, is_kept=True) for _ in range(3)]
        await client.aclose()
    assert [(answer.who, answer.error) for answer in answers] == [("a", "")] * 3
    assert client.reopened == 2


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", "nothing"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "cut"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nX-Upstream: a\r\n\r\nabc", "cut"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "503"),
    ],
)
async def test_what_went_wrong_is_told_in_a_word(said: bytes, error: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with asyncio.timeout(5), server:
        port = server.sockets[0].getsockname()[1]
        answer_ = await Client(port).get("/", 0.0, is_kept=False)
        assert (answer_.who, answer_.error) == ("", error)
    refused = await Client(port).get("/", 0.0, is_kept=False)
    assert refused.error == "refused"


async def test_a_program_ends_with_its_block_whatever_happens() -> None:
    seen: list[Running] = []

    async def fail() -> None:
        async with running("sleeper", ["sleep", "60"]) as program:
            seen.append(program)
            assert program.is_alive
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert not seen[0].is_alive


async def test_a_program_that_ends_too_early_says_what_it_wrote() -> None:
    async with running("talker", ["sh", "-c", "echo no such thing; exit 3"]) as program:
        with pytest.raises(Broken, match="no such thing"):
            await program.ask("", "listening")


async def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(Broken, match="sh -c echo why; exit 3 ended with 3: why"):
        await output("sh", "-c", "echo why; exit 3")
