"""Runs of pytest in forks: as alone as in processes of their own."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from chapters.verify import suites
from chapters.verify.server import Enough, Server, Servers
from chapters.verify.suites import Suites, environment
from tests.course.verified_course import make_verified_course

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")

SETTINGS = """\
[pytest]
filterwarnings = error
asyncio_default_fixture_loop_scope = function
markers =
    step: the exercise
"""

Run = Callable[..., tuple[int | None, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(environment())
    yield made
    made.close()


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Run:
    """Runs a text as a file of tests: the exit code and what was said."""
    number = 0

    def run(
        text: str,
        *options: str,
        limit: float = 60,
        enough: Enough | None = None,
        **variables: str,
    ) -> tuple[int | None, str]:
        nonlocal number
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "test_it.py").write_text(dedent(text), encoding="utf-8")
        (folder / "pytest.ini").write_text(SETTINGS, encoding="utf-8")
        arguments = ["-q", "-p", "no:cacheprovider", *options]
        return server.run(arguments, folder, environment() | variables, limit, enough)

    return run


def ended(process: int) -> bool:
    """Whether a process ends within a moment."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_run_has_its_exit_code_and_its_words(run: Run) -> None:
    assert run("def test_it(): pass")[0] == 0
    status, said = run("def test_it():\n    print('spoken')\n    assert [1] == [2]")
    assert status == 1
    assert "spoken" in said
    assert "At index 0 diff: 1 != 2" in said


def test_a_run_has_its_own_folder_variables_and_modules(run: Run) -> None:
    text = """
        import os, sys
        from pathlib import Path

        def test_it():
            assert os.environ.pop("WHOSE") == "{}"
            assert Path.cwd() == Path(__file__).parent
            assert sys.path[0] == str(Path.cwd())
            assert "seen" not in sys.modules
            sys.modules["seen"] = sys
            assert not {{"chapters", "tests", "reverseproxy"}} & set(sys.modules)
            assert sys.stdin.read() == ""
            assert os.getsid(0) == os.getpid()
    """
    for whose in ("one", "two"):
        status, said = run(text.format(whose), "-s", WHOSE=whose)
        assert status == 0, said


def test_no_warning_says_that_a_library_was_imported_before(run: Run) -> None:
    text = "import httpx, hypothesis\n\ndef test_it(): pass"
    assert run(text, "-W", "error")[0] == 0
    assert run(text, "-W", "error", "-pno:hypothesispytest", "-pno:anyio")[0] == 0


def test_chance_is_not_the_same_in_two_runs(run: Run) -> None:
    text = "import random\n\ndef test_it():\n    assert random.random() is None"
    first, second = (re.findall(r"assert (0\.\d+)", run(text)[1]) for _ in range(2))
    assert first != second


def test_what_a_run_leaves_running_ends_with_it(run: Run, tmp_path: Path) -> None:
    text = f"""
        import subprocess
        from pathlib import Path

        def test_it():
            left = subprocess.Popen(["sleep", "60"])
            Path({str(tmp_path / "pid")!r}).write_text(str(left.pid))
            left.returncode = 0  # so that nobody warns
    """
    assert run(text)[0] == 0
    assert ended(int((tmp_path / "pid").read_text()))


def test_a_run_that_does_not_end_is_ended_and_the_next_one_runs(run: Run) -> None:
    began = time.monotonic()
    status, _ = run("import time\n\ndef test_it(): time.sleep(60)", limit=1.0)
    assert status is None
    assert time.monotonic() - began < 30
    assert run("def test_it(): pass")[0] == 0


def test_a_server_may_start_for_longer_than_a_run_may_take(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import time; time.sleep(0.5)", encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(): pass", encoding="utf-8")
    slow = Server(environment() | {"PYTHONPATH": str(tmp_path)})
    arguments = ["-q", "-p", "no:cacheprovider"]
    with contextlib.closing(slow):
        assert slow.run(arguments, tmp_path, environment(), 0.01)[0] in (None, 0)
        assert slow.run(arguments, tmp_path, environment(), 60)[0] == 0


ORDER = """
    import pytest

    @pytest.mark.step(2)
    def test_b():
        print("<b>")
        assert not 1, "it is something else"

    @pytest.mark.step(1)
    def test_a(): print("<a>")

    @pytest.mark.step(2)
    def test_c():
        print("<c>")
        assert not 1, "it is\\n   wrong"

    @pytest.mark.step(2)
    def test_d(): print("<d>")

    @pytest.mark.step(3)
    def test_e(): print("<e>")
"""


@pytest.mark.parametrize(
    ("enough", "wanted"),
    [
        (None, "bacde"),
        (Enough(1, "it is wrong"), "a"),
        (Enough(2, "it is wrong"), "abc"),
        (Enough(2, "it is right"), "abcd"),
        (Enough(3, "it is wrong"), "abcde"),
    ],
)
def test_a_run_goes_step_by_step_to_what_is_enough(
    run: Run, enough: Enough | None, wanted: str
) -> None:
    _, said = run(ORDER, "-s", "--tb=no", enough=enough)
    assert "".join(re.findall("<(.)>", said)) == wanted


def test_what_came_before_enough_is_an_outcome(tmp_path: Path) -> None:
    course = make_verified_course(tmp_path)
    tree = dict(course.tree(1))
    tree["reverseproxy/greeting.py"] = tree["reverseproxy/greeting.py"].replace(b'"!"', b'""')
    with Suites(course) as runs:
        suite = runs.run(tree, [1], Enough(2, "the greeting has no end")).result()
    assert [(one.step, one.is_green, one.is_red) for one in suite.outcomes] == [
        (1, True, False),
        (2, False, True),
    ]


def test_a_run_that_is_killed_says_by_what(run: Run) -> None:
    assert run("import os\n\ndef test_it(): os.kill(os.getpid(), 9)")[0] == -9


def test_a_server_that_has_ended_is_told_and_is_not_used_again(tmp_path: Path) -> None:
    servers = Servers(environment() | {"PYTHONHOME": str(tmp_path)})  # no Python starts with it
    with (
        pytest.raises(OSError, match="the server that runs pytest has ended"),
        servers.one() as one,
    ):
        one.run([], tmp_path, {}, 30)
    servers.close()


def test_suites_leave_no_server_behind_whatever_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = make_verified_course(tmp_path)
    made: list[Server] = []
    begin = Server.__init__

    def remembered(self: Server, *arguments: dict[str, str]) -> None:
        made.append(self)
        begin(self, *arguments)

    monkeypatch.setattr(Server, "__init__", remembered)
    with contextlib.suppress(KeyboardInterrupt), Suites(course) as runs:
        runs.run(course.tree(1), [1])
        runs.run(course.tree(2), [2])
        raise KeyboardInterrupt
    assert made
    assert all(server.is_closed for server in made)


def test_without_forks_each_run_is_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = make_verified_course(tmp_path)
    monkeypatch.setattr(suites, "FORKS", False)
    monkeypatch.setattr(Servers, "one", None)
    with Suites(course) as runs:
        suite = runs.run(course.tree(1), [1]).result()
    assert [outcome.is_green for outcome in suite.outcomes] == [True, True]
