"""Whatever is in a file: cut into pieces and joined, it is the same file."""

import ast
from textwrap import dedent, indent

from hypothesis import given
from hypothesis import strategies as st

from chapters.pieces import join, parse
from chapters.source import symbols, text_of

NAMES = st.sampled_from("abcde")
LEAVES = st.one_of(
    NAMES.map("{0} = 1".format),
    NAMES.map("{0}: int = 1; z = 2".format),
    NAMES.map('{0} = 1\n"""Why."""'.format),
    NAMES.map("def {0}(x): return x  # ü".format),
    NAMES.map("# above\n@deco\nasync def {0}(\n    x,\n):\n    return x\n\n    # tail".format),
    NAMES.map('class {0}(E): """é"""'.format),
    NAMES.map("import {0}, os.path".format),
    NAMES.map("from x import (\n    {0},\n)".format),
    NAMES.map("for {0} in ():\n    pass\nelse:\n    pass".format),
    NAMES.map('{0} = """\n# no comment\n\n"""'.format),
)
GAPS = st.sampled_from(["\n", "\n\n", "\n\n\n", "\n# a remark\n", "\n\n# detached\n\n", "\n\f\n"])


def nested(bodies: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = st.lists(bodies, min_size=1, max_size=3).flatmap(
        lambda parts: GAPS.map(lambda gap: indent(gap.replace("\f", "").join(parts), "    "))
    )
    return st.one_of(
        st.tuples(NAMES, block).map(lambda each: f"class {each[0]}:\n{each[1]}"),
        st.tuples(block, block).map(lambda each: f"if a:\n{each[0]}\n\n# no\nelse:\n{each[1]}"),
        block.map(lambda body: f"if a: pass\nelif b:\n{body}"),
        block.map(
            lambda body: f"try:\n{body}\nexcept E:\n    # none\n    pass\nfinally:\n    x = 1"
        ),
        block.map(lambda body: f"with a:\n{body}\n    # end"),
    )


MODULES = st.lists(st.recursive(LEAVES, nested, max_leaves=6), max_size=5).flatmap(
    lambda parts: st.tuples(GAPS, st.sampled_from(["", "\n", "\n\n# end\n"])).map(
        lambda ends: ends[0].join(parts) + ends[1]
    )
)


@given(MODULES)
def test_joining_the_pieces_of_any_file_gives_it_back(text: str):
    assert join(parse(text)) == text


@given(MODULES)
def test_every_symbol_is_whole_python_on_its_own(text: str):
    for name, symbol in symbols(text).items():
        if len(symbol.spans) == 1:
            ast.parse(f"if 1:\n{indent(dedent(text_of(text, name)), ' ')}")
