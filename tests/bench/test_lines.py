"""That lines can be measured, with numbers so small that they say nothing."""

import re

from click.testing import CliRunner

from bench.lines import KINDS, main


def test_every_kind_of_delivery_is_measured() -> None:
    done = CliRunner().invoke(main, ["--rounds", "1", "--lines", "2000000"], catch_exceptions=False)
    assert done.exit_code == 0
    rows = re.findall(r"│ +[0-9.]+ +│ +[0-9.]+ +│ +[0-9.]+ +│", done.output)
    assert len(rows) == len(KINDS), f"there is not a row for each:\n{done.output}"
