"""What is left of a function when it is the exercise."""

import pytest

from tests.course.one_file import body, start


def test_a_new_exercise_keeps_its_signature_and_docstring_and_raises():
    text = start(
        '''
        # tells the answer
        def f(
            a: int,  # remark
        ) -> int:
            """Promise.

            More.
            """
            # tells it too
            return a + 1
            # and again
        ''',
        steps=[("f", "")],
    )
    assert body(text) == body(
        '''
        def f(
            a: int,  # remark
        ) -> int:
            """Promise.

            More.
            """
            raise NotImplementedError("Chapter 7, step 1: Do it")
        '''
    )


@pytest.mark.parametrize("title", ['A "list"', "It's", "back\\slash", 'It\'s a "list"', "x" * 90])
def test_any_title_can_stand_in_the_error(title: str):
    text = start("def f(): return 1\n", steps=[("f", "")], title=title)
    space: dict[str, object] = {}
    exec(text, space)
    with pytest.raises(NotImplementedError) as raised:
        space["f"]()  # type: ignore[operator]  # the function above
    assert str(raised.value) == f"Chapter 7, step 1: {title}"


@pytest.mark.parametrize(
    ("definition", "stub"),
    [
        ("def f(x): return x", "def f(x):\n    {}"),
        ("def f(x: str = ':'): return x", "def f(x: str = ':'):\n    {}"),
        ('def f(ü): "Prömise."; return ü', 'def f(ü):\n    "Prömise."\n    {}'),
        ("def f():\n\t'''T.'''\n\treturn 1", "def f():\n\t'''T.'''\n\t{}"),
        ("async def f():\n    return 1", "async def f():\n    {}"),
        ("async def f():\n    yield 1", "async def f():\n    {}\n    yield"),
        ("def f():\n    x = yield", "def f():\n    {}\n    yield"),
        ("def f():\n    def g():\n        yield 1\n    return g", "def f():\n    {}"),
        (
            "@deco(\n    1,\n)\n# why\n@other\ndef f(): return 1",
            "@deco(\n    1,\n)\n# why\n@other\ndef f():\n    {}",
        ),
        ("def f() -> dict[str, int]:  # ok\n  return {}", "def f() -> dict[str, int]:  # ok\n  {}"),
    ],
)
def test_each_form_of_function_has_its_stub(definition: str, stub: str):
    error = 'raise NotImplementedError("Chapter 7, step 1: Do it")'
    assert start(f"{definition}\n", steps=[("f", "")]) == f"{stub.replace('{}', error)}\n"
