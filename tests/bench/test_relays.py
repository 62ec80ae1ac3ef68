"""That relays can be measured, with numbers so small that they say nothing."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.relays.__main__ import BULK, cell, main
from bench.relays.contenders import CONTENDERS, REFERENCE, Contender, Missing
from bench.relays.measuring import Cost

LITTLE = ["--rounds", "1", "--seconds", "0.05", "--gigabytes", "0.002", "--idle", "10"]


@pytest.mark.skipif(not shutil.which("cc"), reason="there is no C compiler")
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this is no Linux")
def test_every_relay_that_is_there_is_measured() -> None:
    done = CliRunner().invoke(main, LITTLE, catch_exceptions=False)
    assert done.exit_code == 0
    for name in ("this proxy", "this proxy, spliced", "asyncio streams", "asyncio Protocol"):
        rows = re.findall(rf"^│ {name} +│(.*)│$", done.output, re.MULTILINE)
        assert len(rows) == 3, f"{name} is not in each of the three tables:\n{done.output}"


def test_without_a_compiler_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    done = CliRunner().invoke(main, LITTLE, catch_exceptions=False)
    assert done.exit_code == 0
    for package in ("nginx", "haproxy", "gcc"):
        assert f"apt-get install {package}" in " ".join(done.output.split())


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.name)
def test_settings_name_the_ports_and_the_upstreams(contender: Contender, tmp_path: Path) -> None:
    try:
        contender.version()
    except Missing as missing:
        pytest.skip(str(missing))
    command = contender.command(tmp_path, [(8001, 9001), (8002, 9002)])
    files = "".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    text = files or " ".join(command)
    assert all(str(port) in text for port in (8001, 9001, 8002, 9002))


def test_a_ratio_is_that_of_the_same_round() -> None:
    rounds = [
        {REFERENCE.name: {"bulk": Cost(1, nginx)}, "ours": {"bulk": Cost(1, ours)}}
        for nginx, ours in ((1e-12, 2e-12), (100e-12, 50e-12), (10e-12, 5e-12))
    ]
    assert cell(rounds, "ours", BULK) == "5 (0.50)"
    alone = [{"ours": each["ours"]} for each in rounds]
    assert cell(alone, "ours", BULK) == "5"
    free = [{**each, REFERENCE.name: {"bulk": Cost(1, 0)}} for each in rounds]
    assert cell(free, "ours", BULK) == "5"
