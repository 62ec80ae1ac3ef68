"""A course of two small chapters that keeps all eight promises, to plant violations in."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType

from chapters.course import Course

PROJECT = Path(__file__).resolve().parents[2]

FILES = {
    "chapters/01-greet/chapter.toml": """
        title = "A greeting"
        part = "I: Words"
        summary = "Says hello."
        minutes = 10
        added = ["reverseproxy/__init__.py", "reverseproxy/greeting.py"]
        given = ["reverseproxy/__init__.py", "reverseproxy/greeting.py:MARK"]

        [[steps]]
        title = "A clean name"
        symbols = ["reverseproxy/greeting.py:name_of"]

        [[steps]]
        title = "The greeting"
        symbols = ["reverseproxy/greeting.py:greet"]
    """,
    "chapters/01-greet/main.py": """
        from reverseproxy import greet

        print(greet(" bo "))
    """,
    "chapters/01-greet/reverseproxy/greeting.py": '''
        """Greets people."""

        MARK = "!"


        def name_of(text: str) -> str:
            """The name without blanks around it."""
            return text.strip()


        def greet(name: str) -> str:
            """A greeting in words."""
            return f"hello {name_of(name)}{MARK}"
    ''',
    "chapters/01-greet/mistakes/no_mark.py": """
        # step: 2
        # message: the greeting has no end
        # why: one forgets it
        # file: reverseproxy/greeting.py

        import string

        def greet(name: str) -> str:
            return f"hello{string.whitespace[0]}{name_of(name)}"
    """,
    "tests/chapter_01/test_greeting.py": '''
        from tests.support.steps import step

        from reverseproxy.greeting import greet, name_of


        @step(1)
        def test_a_name_has_no_blanks_around_it():
            """No blanks.

            Why: people type them.
            Read: Step 1.
            """
            assert name_of(" bo ") == "bo"


        @step(2)
        def test_a_greeting_names_the_person():
            """A greeting with the name."""
            words = greet("bo")
            assert "bo" in words.lower()
            assert words.endswith("!"), "the greeting has no end"
    ''',
    "docs/chapters/01-greet.md": """
        # A greeting

        ```listing
        reverseproxy/greeting.py:MARK
        reverseproxy/greeting.py:name_of
        ```

        !!! exercise "Your turn"

            ```listing tree=01
            reverseproxy/greeting.py:greet
            ```

        ```python aside
        name = "bo"
        print(name.title())
        ```

        ```console
        $ python main.py
        hello bo!
        ```
    """,
    "chapters/02-loud/chapter.toml": """
        title = "Louder"
        part = "I: Words"
        summary = "Says it louder."
        minutes = 10
        added = ["reverseproxy/loud.py"]
        changed = ["reverseproxy/greeting.py"]
        told = ["reverseproxy/greeting.py:MARK"]

        [[steps]]
        title = "A shout"
        symbols = ["reverseproxy/loud.py:shout"]

        [[steps]]
        title = "A loud greeting"
        symbols = ["reverseproxy/greeting.py:greet"]
    """,
    "reverseproxy/loud.py": '''
        """Says it louder."""


        def shout(words: str) -> str:
            """The words in capitals, with a mark."""
            return f"{words.upper()}!"
    ''',
    "reverseproxy/greeting.py": '''
        """Greets people."""

        from reverseproxy.loud import shout


        def name_of(text: str) -> str:
            """The name without blanks around it."""
            return text.strip()


        def greet(name: str) -> str:
            """A greeting in words."""
            return shout(f"hello {name_of(name)}")
    ''',
    "reverseproxy/__init__.py": '''
        """Words."""

        from reverseproxy.greeting import greet
        from reverseproxy.loud import shout

        __all__ = ["greet", "shout"]
    ''',
    "tests/chapter_02/test_loud.py": '''
        from tests.support.steps import step

        from reverseproxy.greeting import greet
        from reverseproxy.loud import shout


        @step(1)
        def test_a_shout_is_in_capitals():
            """Capitals and a mark."""
            assert shout("bo") == "BO!"


        @step(2)
        def test_a_greeting_is_loud():
            """A greeting in capitals."""
            assert greet("bo") == "HELLO BO!"
    ''',
    "docs/chapters/02-loud.md": """
        # Louder

        `MARK` goes: `shout` has one of its own.

        ```listing
        reverseproxy/loud.py:shout
        reverseproxy/greeting.py:greet:changed
        ```

        ```console
        $ python main.py
        HELLO BO!
        ```

        ```console norun reason="it asks for a name"
        $ python -i main.py
        ```
    """,
    "docs/index.md": """
        # Words

        ```console tree=01
        $ python -c 'from reverseproxy import greet; print(greet("al"))'
        hello al!
        ```
    """,
    "pyproject.toml": """
        [tool.pytest.ini_options]
        addopts = ["--strict-markers", "--import-mode=importlib"]

        [tool.importlinter]
        root_package = "reverseproxy"
        include_external_packages = true

        [[tool.importlinter.contracts]]
        name = "Down"
        type = "layers"
        containers = ["reverseproxy"]
        exhaustive = true
        layers = ["(proxy)", "(greeting)", "(loud)"]

        [[tool.importlinter.contracts]]
        name = "Pure"
        type = "forbidden"
        source_modules = ["reverseproxy.greeting"]
        forbidden_modules = ["asyncio", "socket", "time"]
    """,
}


def make_verified_course(folder: Path, planted: Mapping[str, str] = MappingProxyType({})) -> Course:
    """The course in a folder of its own, with the project's own template and test support.

    `planted` are files, by name, that are added or have another text than they should.
    """
    for name, text in {**FILES, **planted}.items():
        write(folder, name, text)
    if "tests/conftest.py" not in planted:
        shutil.copy(PROJECT / "tests" / "conftest.py", folder / "tests")
    for name in ("tests/support", "chapters/template"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
    return Course.load(folder)


def write(folder: Path, name: str, text: str) -> None:
    """Writes a file of the course; the text may be indented as a whole."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
