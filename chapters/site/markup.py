"""Small pieces of HTML that the blocks are made of."""

from __future__ import annotations

import html
from collections.abc import Iterator

from pygments.lexer import Lexer
from pygments.lexers import DiffLexer, PythonLexer, TextLexer, TOMLLexer
from pygments.token import STANDARD_TYPES, _TokenType

LEXERS: dict[str, type[Lexer]] = {
    ".py": PythonLexer,
    ".toml": TOMLLexer,
    ".diff": DiffLexer,
}


def tag(name: str, content: str, **attributes: str | None) -> str:
    """An element. `class_` stands for class and `data_x` for data-x; None leaves one out."""
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{pairs}>{content}</{name}>"


def inline(text: str) -> str:
    """Prose of a TOML file or an option as HTML: escaped, with `code` in backticks."""
    parts = html.escape(text, quote=False).split("`")
    return "".join(
        tag("code", part) if index % 2 else part.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
        for index, part in enumerate(parts)
    )


def highlighted(text: str, suffix: str) -> list[str]:
    """The lines of a text as HTML with Pygments' short class names."""
    lexer = LEXERS.get(suffix, TextLexer)(stripnl=False)
    rows = [""]
    for kind, value in lexer.get_tokens(f"{text}\n"):
        first, *others = pieces(kind, value)
        rows[-1] += first
        rows += others
    return rows[:-1]


def pieces(kind: _TokenType, value: str) -> Iterator[str]:
    """A token, cut at the ends of lines."""
    name = STANDARD_TYPES.get(kind, "")
    for piece in value.split("\n"):
        escaped = html.escape(piece, quote=False)
        yield tag("span", escaped, class_=name) if piece and name else escaped


def code_block(rows: list[str]) -> str:
    """Rows, each an element of its own, as the site's code block."""
    return tag("div", tag("pre", tag("code", "".join(rows))), class_="highlight")


def counted(number: int, noun: str) -> str:
    """'1 line', '4 lines'."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
