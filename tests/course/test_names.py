"""Which names of its module code refers to: not those of its own functions and classes."""

import builtins
from pathlib import Path

import pytest

from chapters.names import bound_names, used_names
from tests.course.fixture_course import PROJECT

USES = {
    "a function's own names are its own": ("def f(a, *b, c=d, **e): g = a; return g, h", "d h"),
    "a nested function sees them": ("def f(a):\n    def g(): return a, b\n    return g", "b"),
    "what is declared global is the module's": ("def f():\n    global a\n    a = a + 1", "a"),
    "comprehensions have names of their own": ("[a for a in b for c in a if (d := c)]", "b"),
    "but what they walk through is found": ("def f(): return [a for a in a]", ""),
    "lambdas have parameters": ("f = lambda a=b: a + c", "b c"),
    "decorators and defaults are outside": ("@a\ndef f(b=c) -> d: return b", "a c d"),
    "a quoted annotation is a use": ("def f(a: 'B[\"C\"]') -> 'D': e: 'F' = 1", "B C D F"),
    "a literal is none": ("a: Literal['b'] = c; d: Annotated[e, 'f'] = 1", "Literal c Annotated e"),
    "a quoted cast is one": ("a = cast('B', c); T = TypeVar('T', bound='D')", "cast B c TypeVar D"),
    "a class sees its members, its functions do not": (
        "class A(B, c=D):\n    e = f\n    g = e\n    def h(self): return e",
        "B D f e",
    ),
    "an error has a name": ("def f():\n    try: pass\n    except A as b: return b", "A"),
    "patterns bind": (
        "def f(a):\n    match a:\n        case [b, *c] | {'x': b, **c}: return b, c",
        "",
    ),
    "imports in a function are its own": (
        "def f():\n    import a.b, c as d\n    return a, d, c",
        "c",
    ),
    "what dunder all lists is used": ("__all__ = ['a', 'b']", "a b"),
    "a quoted part of a type is used": ("A = Union['B', c]; d = e['F']", "Union B c e"),
    "what is deleted is used": ("del a", "a"),
}


@pytest.mark.parametrize(("code", "names"), USES.values(), ids=USES)
def test_what_code_uses(code: str, names: str):
    assert used_names(code) == set(names.split())


def test_what_a_module_binds():
    code = "import a.b\nfrom c import d as e\nf, (g, *h) = 1\nif i:\n    def j(): k = 1\n"
    assert bound_names(f"{code}class l: m = 1\n") == {*"aefghjl"}


@pytest.mark.parametrize(
    "path", sorted((PROJECT / "chapters").glob("*.py")), ids=lambda path: path.name
)
def test_the_tool_s_own_modules_use_what_they_bind_or_python_has(path: Path):
    text = path.read_text(encoding="utf-8")
    assert used_names(text) <= bound_names(text) | set(dir(builtins)) | {"__file__", "__doc__"}
