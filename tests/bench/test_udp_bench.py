"""That datagrams can be measured, with numbers so small that they say nothing."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.relays.contenders import REFERENCE, Missing
from bench.udp import main

LITTLE = ["--rounds", "1", "--seconds", "0.05", "--clients", "4"]


@pytest.mark.skipif(not shutil.which("cc"), reason="there is no C compiler")
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this is no Linux")
def test_both_proxies_are_measured() -> None:
    try:
        REFERENCE.module()
    except Missing as missing:
        pytest.skip(str(missing))
    done = CliRunner().invoke(main, LITTLE, catch_exceptions=False)
    assert done.exit_code == 0
    for name in ("nginx stream", "this proxy"):
        assert re.search(rf"^│ {name} +│ [\d,]+ ", done.output, re.MULTILINE)


def test_without_a_compiler_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    done = CliRunner().invoke(main, LITTLE, catch_exceptions=False)
    assert done.exit_code == 0
    assert "apt-get install gcc" in " ".join(done.output.split())
