"""Invariant 3: mistakes that are not caught as they say are found."""

from __future__ import annotations

import pytest

from chapters.verify.finding import Report
from chapters.verify.mistakes import check_mistakes, replaced
from chapters.verify.suites import Suites
from tests.course.verified_course import make_verified_course

WRONG_MISTAKES = {
    "harmless": """
        # step: 2
        # message: nothing is wrong with it
        # why: it is right
        # file: reverseproxy/greeting.py

        def greet(name): return f"hello {name_of(name)}{MARK}"
    """,
    "other_words": """
        # step: 2
        # message: there is no exclamation mark
        # why: the test says it differently
        # file: reverseproxy/greeting.py

        def greet(name): return f"hello {name_of(name)}"
    """,
    "too_early": """
        # step: 2
        # message: the greeting has no end
        # why: it breaks step 1 as well
        # file: reverseproxy/greeting.py

        def name_of(text): return text

        def greet(name): return "hello bo"
    """,
    "stranger": """
        # step: 2
        # message: whatever
        # why: the symbol is called greet
        # file: reverseproxy/greeting.py

        def salute(name): return "hello bo"
    """,
    "no_such_file": """
        # step: 2
        # message: whatever else
        # why: the file is called greeting.py
        # file: reverseproxy/greetings.py

        def greet(name): return "hello bo"
    """,
    "headless": """
        # step: 2
        # message: more of it
        # file: reverseproxy/greeting.py

        def greet(name): return "hello bo"
    """,
}


@pytest.fixture(scope="module")
def wrong_mistakes(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = "chapters/01-greet/mistakes"
    files = {f"{folder}/{name}.py": text for name, text in WRONG_MISTAKES.items()}
    course = make_verified_course(tmp_path_factory.mktemp("course"), files)
    with Suites(course) as runs:
        return check_mistakes(course, runs)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("harmless", "every test of step 2 is green"),
        ("other_words", "failed: the greeting has no end"),
        ("too_early", "test_a_name_has_no_blanks_around_it failed"),
        ("stranger", "there is no 'salute'"),
        ("no_such_file", "there is no reverseproxy/greetings.py"),
        ("headless", "no line `# why: …`"),
        ("too_early", "have one message"),
    ],
)
def test_a_mistake_that_is_not_caught_as_it_says_is_found(
    wrong_mistakes: Report, name: str, said: str
) -> None:
    words = (f"{one.where} {one.found}" for one in wrong_mistakes.findings)
    assert any(name in said_there and said in said_there for said_there in words)


def test_a_fragment_replaces_methods_constants_and_every_definition_of_a_property() -> None:
    text = (
        "import os\n\nLIMIT = 1\n\n\nclass Box:\n    @property\n    def size(self):\n"
        "        return 1\n\n    @size.setter\n    def size(self, value):\n        pass\n\n"
        "    def kept(self):\n        return os\n"
    )
    code = (
        "import sys\nLIMIT = 2\n\nclass Box:\n    @property\n    def size(self):\n"
        "        return sys\n"
    )
    assert replaced(text, code) == (
        "import sys\nimport os\n\nLIMIT = 2\n\n\nclass Box:\n    @property\n    def size(self):\n"
        "        return sys\n\n\n    def kept(self):\n        return os\n"
    )


def test_imports_of_a_fragment_come_after_those_from_the_future() -> None:
    text = '"""A file."""\n\nfrom __future__ import annotations\n\nimport os\n\nA = os\n'
    changed = replaced(text, "import sys\nA = sys\n")
    assert changed.splitlines()[2:6] == [
        "from __future__ import annotations",
        "",
        "import sys",
        "import os",
    ]
