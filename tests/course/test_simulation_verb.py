"""The verb simulate: what it prints, the plot it writes, and how it refuses."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from chapters.simulation.report import bar
from tests.course.fixture_course import PROJECT
from tests.course.terminal import Terminal

SHORT = ("simulate", "--duration", "4s", "--rate", "50")


def test_it_prints_what_upstreams_and_clients_had_and_what_changed(terminal: Terminal) -> None:
    said = terminal.run(*SHORT, "--kill", "1@2s", "--seed", "7")
    assert said.code == 0
    heads = [line.split() for line in said.out.splitlines()]
    assert ["upstream", "requests", "tries", "share", "failures", "p50", "p99", "busy"] in heads
    assert ["clients", "requests", "errors", "retries", "p50", "p99"] in heads
    assert "2.000 s  upstream 1: kill: its connections are reset" in said.out
    assert "upstream http://upstream-1:80: ejected for 30 s: Connection refused" in said.out
    assert "upstream 3   │" in said.out


def test_it_prints_the_same_whatever_the_order_of_hashes() -> None:
    def printed(seed: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "chapters", *SHORT, "--kill", "2@1s", "--active"],
            cwd=PROJECT, env={**os.environ, "PYTHONHASHSEED": seed, "NO_COLOR": "1"},
            capture_output=True, text=True, encoding="utf-8", check=True,
        ).stdout  # fmt: skip

    assert printed("1") == printed("2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--policy fastest", "--policy 'fastest': there is round-robin, random, first, least-conn"),
        ("--policy ring,fastest", "--policy 'fastest': there is round-robin"),
        ("--policy ring,ring", "--policy 'ring': it is there twice"),
        ("--policy ring,p2c --svg x.svg", "--svg draws one run: give one --policy"),
        ("--keys 9", "--keys needs a keyed policy: ring, bounded, maglev"),
        ("--policy p2c,first --zipf", "--zipf needs a keyed policy: ring, bounded, maglev"),
        ("--hot 0.5", "--hot needs a keyed policy: ring, bounded, maglev"),
        ("--policy ring --hot 2", "--hot 2: give a number from 0 to 1"),
        ("--policy ring --keys 0", "--keys 0: give a number from 1 to 100000"),
        ("--weights 1,2", "--weights has 2 values: give one for each of the 3 upstreams"),
        ("--weights 1,2,x", "--weights 'x': give whole numbers, such as 3,1,1"),
        ("--weights 1,2,300", "--weights 300: give a number from 0 to 256"),
        ("--weights 0,0,0", "--weights: give one above 0"),
        ("--panic 50", "--panic 50: give a number from 0 to 1"),
        ("--slow-start soon", "--slow-start 'soon': give a time above 0"),
        ("--warm-up 0", "--warm-up '0': give a time above 0"),
        ("--upstreams 0", "--upstreams 0: give a number from 1 to 100"),
        ("--slots 0", "--slots 0: give a number from 1 to 10000"),
        ("--rate -1", "--rate -1: give a number from 0.01 to 10000"),
        ("--rate nan", "--rate nan: give a number from 0.01 to 10000"),
        ("--rate 9000 --duration 1min", "--rate times --duration 540000: give a number from 1"),
        ("--duration soon", "--duration 'soon': give a time above 0, such as 20ms, 5s or 2min"),
        ("--duration 0s", "--duration '0s': give a time above 0"),
        ("--timeout -3s", "--timeout '-3s': give a time above 0"),
        ("--service-time 5,fast", "--service-time 'fast': give a time above 0"),
        (
            "--service-time 20ms,30ms",
            "--service-time has 2 values: give one for all upstreams, or one for each of the 3",
        ),
        ("--kill 4@1s", "--kill: there is no upstream 4; there are upstreams 1 to 3"),
        ("--fail 0@1s", "--fail: there is no upstream 0; there are upstreams 1 to 3"),
        ("--kill 1", "--kill '1': give an upstream, @ and a time, such as 1@5s"),
        ("--kill 1@5sx2", "--kill '1@5sx2': give an upstream, @ and a time, such as 1@5s"),
        ("--slow 1@5s", "--slow '1@5s': give an upstream, @ and a time, x and a factor"),
        ("--slow 1@5sx0", "such as 1@5sx10"),
        ("--retry-statuses 50x", "--retry-statuses '50x': give whole numbers, such as 502,503,504"),
        ("--retry-statuses 99", "--retry-statuses 99: give a number from 200 to 599"),
        ("--svg no/such/folder.svg", "--svg 'no/such/folder.svg': No such file or directory"),
    ],
)
def test_what_cannot_be_is_named_with_what_is_allowed(
    terminal: Terminal, arguments: str, message: str
) -> None:
    said = terminal.run(*SHORT, *arguments.split())
    assert said.code == 2
    assert message in said.err


@pytest.fixture
def drawn(terminal: Terminal, tmp_path: Path) -> ElementTree.Element:
    path = tmp_path / "plot.svg"
    assert terminal.run(*SHORT, "--fail", "1@1s", "--svg", str(path)).code == 0
    return ElementTree.fromstring(path.read_text(encoding="utf-8"))


SVG = "{http://www.w3.org/2000/svg}"


def test_the_plot_can_be_read_aloud_and_its_words_are_text(drawn: ElementTree.Element) -> None:
    assert drawn.get("role") == "img"
    title, about = drawn.find(f"{SVG}title"), drawn.find(f"{SVG}desc")
    assert title is not None
    assert title.text == "Tries a second at each upstream (round-robin, seed 1)"
    assert about is not None
    assert "ended in errors" in str(about.text)
    words = [each.text for each in drawn.iter(f"{SVG}text")]
    for expected in ("seconds", "a second", "upstream 1", "errors", "fail 1"):
        assert expected in words


def test_lines_of_the_plot_differ_in_more_than_colour(drawn: ElementTree.Element) -> None:
    lines = list(drawn.iter(f"{SVG}polyline"))
    assert len({(line.get("stroke-dasharray"), line.get("class")) for line in lines}) == 4
    assert len({line.get("stroke-dasharray") for line in lines[:3]}) == 3


def test_the_plot_has_colours_for_dark_ground(drawn: ElementTree.Element) -> None:
    style = drawn.find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme: dark" in str(style.text)


def test_something_is_never_drawn_as_nothing() -> None:
    assert [bar(rate, 1000.0) for rate in (0, 1, 1000)] == [" ", "\u2581", "\u2588"]
