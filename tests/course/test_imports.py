"""A file within a chapter imports, and exports, what its code needs and nothing else."""

from tests.course.one_file import body, start


def test_the_imports_of_old_code_stay_as_long_as_it_does():
    old = """
        import re
        from os import path, sep
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from collections.abc import Sized


        def f(x: "Sized"): return re, path, sep
        """
    new = """
        import json
        from os import linesep, sep


        def f(x): return json, linesep, sep
        """
    assert body(start(new, old, steps=[("f", "")])) == body(old)


def test_an_import_moves_between_run_time_and_type_checking_with_the_code_that_needs_it():
    old = "from a import X\n\n\ndef f(): return X()\n"
    new = """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from a import X


        def f(x: "X"): return x
        """
    assert start(new, old, steps=[("f", "")]) == old


def test_an_import_that_nothing_uses_is_there_for_a_reason_and_stays():
    text = start(
        "from a import b  # noqa: F401\nimport c\n\n\ndef f(): return c\n", steps=[("f", "")]
    )
    assert text.startswith("from a import b  # noqa: F401\n\n\ndef f")


def test_an_import_tried_is_kept_or_left_as_one():
    new = """
        try:
            import fast
        except ImportError:
            fast = None


        def f(): return fast
        """
    assert "fast" not in start(new, steps=[("f", "")])


def test_dunder_all_lists_what_there_is():
    old = '__all__ = ["f", "gone"]\n\n\ndef f(): return 1\n\n\ndef gone(): return 2\n'
    new = '__all__ = ["HELP", "f"]\n\nHELP = 1\n\n\ndef f(): return HELP\n'
    text = start(new, old, steps=[("f", "HELP")], told="gone")
    assert text.startswith('__all__ = ["f", "gone"]\n\n\ndef f')


def test_names_that_a_module_lists_without_binding_them_are_left_alone():
    new = '__all__ = ["elsewhere", "f"]\n\n\ndef f(): return 1\n'
    assert start(new, steps=[("f", "")]).startswith('__all__ = ["elsewhere", "f"]\n')


def test_an_import_tried_is_there_once_and_stays_for_any_of_its_names():
    tried = """
        try:
            import fast
            HAVE_FAST = True
        except ImportError:
            HAVE_FAST = False


        def f(): return {}


        def g(): return HAVE_FAST
        """
    old, new = tried.replace("{}", "1"), tried.replace("{}", "fast")
    assert body(start(new, old, steps=[("f", "")])) == body(old)
    assert body(start(new, None, steps=[("f", "")], given="g")).count("HAVE_FAST") == 3


def test_a_type_checking_block_may_define_types_of_its_own():
    new = """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from a import A, B

            Kind = A


        def f(x: "Kind"): return 1


        def g():
            x: "B" = 1
            return x
        """
    text = start(new, steps=[("g", "")], given="Kind f")
    assert "    from a import A\n\n    Kind = A\n" in text


def test_imports_of_both_versions_from_one_module_are_one_statement():
    old = "from a import CONST, Gone, c\n\n\ndef f(): return CONST, Gone, c\n"
    new = "from a import B, c\n\n\ndef f(): return c\n\n\ndef g(): return B\n"
    text = start(new, old, steps=[("f", "")], given="g")
    assert text.startswith("from a import CONST, B, Gone, c\n\n\ndef f")


def test_an_import_that_grew_too_long_is_written_line_by_line():
    names = [f"a_rather_long_name_{number}" for number in range(5)]
    old = f"from a import (\n    {', '.join(names)},\n)\n\n\ndef f(): return {', '.join(names)}\n"
    new = "from a import z\n\n\ndef f(): return z\n\n\ndef g(): return z\n"
    text = start(new, old, steps=[("f", "")], given="g")
    assert text.startswith("from a import (\n" + "".join(f"    {each},\n" for each in names))
