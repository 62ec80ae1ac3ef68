"""A book of two chapters, small enough that every number in it can be counted by eye."""

from pathlib import Path
from textwrap import dedent

from chapters.figures.files import dumps
from tests.course.small_trace import SMALL

PROJECT = Path(__file__).resolve().parents[2]

OLD_GREETING = '''\
"""Words for callers."""

WORDS = ("hello", "welcome")


class Greeter:
    """Greets by name."""

    def __init__(self, name):
        self.name = name

    def greet(self):
        """One greeting."""
        return f"{WORDS[0]} {self.name}"
'''

NEW_GREETING = '''\
"""Words for callers."""

from reverseproxy.loud import shout

WORDS = ("hello", "welcome")


class Greeter:
    """Greets by name."""

    def __init__(self, name):
        self.name = name

    def greet(self):
        """One greeting."""
        words = f"{WORDS[0]} {self.name}"
        return shout(words)

    def part(self):
        """One farewell."""
        return shout("goodbye")
'''

LOUD = '''\
"""Says it louder."""

MARK = "!"


# Upper case is how one shouts in writing.
def shout(words):
    """The words in upper case, with a mark."""
    return words.upper() + MARK
'''

CHAPTER = """\
title = "{title}"
part = "{part}"
summary = "{summary}"
minutes = {minutes}
added = {added}
changed = {changed}
given = ["reverseproxy/greeting.py"]

[[steps]]
title = "{step}"
symbols = ["{symbol}"]
"""

PLAN = """\
[[chapters]]
number = 1
folder = "01-hello"
title = "Hello"
part = "I: Words"
builds = "a `Greeter`"

[[chapters]]
number = 2
folder = "02-louder"
title = "Louder"
part = "I: Words"
builds = "a voice that carries"

[[chapters]]
number = 3
folder = "03-silence"
title = "Silence"
part = "II: Rest"
builds = "nothing at all"
"""

FIRST_PAGE = """\
# Hello

```card
```

Some words about a xylophone, and about greetings. A **greeting** is short.

```listing
reverseproxy/greeting.py:Greeter
```

!!! exercise "Your turn: greet"

    Write `greet`.

??? solution "Show the code"

    ```listing
    reverseproxy/greeting.py:Greeter.greet
    ```

    And that is all.

```outline
```
"""

SECOND_PAGE = """\
---
description: The second page, with front matter
---

# Louder

```card
```

Louder greetings, and nothing else than a greeting.

```listing
reverseproxy/loud.py:shout
reverseproxy/greeting.py:Greeter:changed
```

```console terminal=server running
$ echo "one two" \\
>   three
one two three
$ cat <<END
> four
> END
four
...
^C
```

??? solution "Show the code"

    ```listing
    reverseproxy/greeting.py:Greeter.part
    ```

??? solution "Show more code"

    ```listing step=1
    reverseproxy/loud.py:MARK
    ```

```outline
```

```diff
```
"""

GLOSSARY = """\
# Glossary

## greeting

What one says first, as in `hello`.

[Whoever says it](https://example.org/)
"""

HOME = """\
# A sample

[First](chapters/01-hello.md)

```roadmap
```

```figure src=assets/figures/one-hop.svg caption="Two hops of one request"
```
"""

FIGURES_PAGE = """\
# A figure that moves

```figure trace=traces/small.json caption="Two are asked at once"
```

<p style="height: 200vh">Something to scroll over.</p>
"""

PLAYGROUND_PAGE = """\
# A playground

```figure playground=assets/playground.json caption="Runs that were made beforehand"
```
"""

CONFIGURATION = f"""\
INHERIT: {PROJECT / "mkdocs.yml"}
site_name: A sample
docs_dir: docs
theme:
  custom_dir: {PROJECT / "chapters/site/theme"}
nav:
  - index.md
  - chapters/01-hello.md
  - chapters/02-louder.md
  - glossary.md
  - moving.md
  - playground.md
"""


def write_sample_book(root: Path) -> Path:
    """Writes the book into `root`, a folder of its own, and returns it."""
    files = {
        "mkdocs.yml": CONFIGURATION,
        "chapters/plan.toml": PLAN,
        "chapters/01-hello/chapter.toml": CHAPTER.format(
            title="Hello",
            part="I: Words",
            summary="A `Greeter` that greets.",
            minutes=30,
            added=["reverseproxy/__init__.py", "reverseproxy/greeting.py"],
            changed=[],
            step="A greeting",
            symbol="reverseproxy/greeting.py:Greeter.greet",
        ),
        "chapters/01-hello/main.py": 'print("hello")\n',
        "chapters/01-hello/reverseproxy/greeting.py": OLD_GREETING,
        "chapters/02-louder/chapter.toml": CHAPTER.format(
            title="Louder",
            part="I: Words",
            summary="A voice.",
            minutes=90,
            added=["reverseproxy/loud.py"],
            changed=["reverseproxy/greeting.py"],
            step="A voice",
            symbol="reverseproxy/loud.py:shout",
        ).replace('given = ["', 'given = ["reverseproxy/loud.py:MARK", "'),
        "chapters/02-louder/main.py": 'print("HELLO")\n',
        "reverseproxy/__init__.py": '"""A package of words."""\n',
        "reverseproxy/greeting.py": NEW_GREETING,
        "reverseproxy/loud.py": LOUD,
        "docs/index.md": HOME,
        "docs/glossary.md": GLOSSARY,
        "docs/chapters/01-hello.md": FIRST_PAGE,
        "docs/chapters/02-louder.md": SECOND_PAGE,
        "docs/moving.md": FIGURES_PAGE,
        "docs/playground.md": PLAYGROUND_PAGE,
        "docs/traces/small.json": dumps(SMALL),
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(dedent(text), encoding="utf-8")
    for shared in ("docs/assets", "chapters/site/describing"):
        (root / shared).parent.mkdir(parents=True, exist_ok=True)
        (root / shared).symlink_to(PROJECT / shared)
    return root
