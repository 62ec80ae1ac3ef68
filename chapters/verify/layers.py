"""Invariant 8: imports of the package go down its layers, and the core is pure.

The layers are a contract of import-linter in pyproject.toml; the core is the last but one of them.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from chapters.course import PACKAGE, Course
from chapters.verify.finding import Finding, Report, count

IMPURE = ("asyncio", "socket", "time")
RANDOM = ("Random", "SystemRandom")
"""What the core may use of `random`: types of what it is given, never the module's own state."""

BROKEN = re.compile(r"-+\nBroken contracts\n-+\n(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Contracts:
    """What pyproject.toml says: the modules of the core, and those that have to be pure."""

    core: tuple[str, ...]
    pure: frozenset[str]

    @classmethod
    def read(cls, pyproject: Path) -> Contracts:
        """Raises LookupError when a contract is missing; it says which."""
        settings = tomllib.loads(pyproject.read_text(encoding="utf-8"))
        linter = settings.get("tool", {}).get("importlinter", {})
        by_type = {one.get("type"): one for one in linter.get("contracts", [])}
        layers = by_type.get("layers", {}).get("layers", [])
        if len(layers) < 2:
            raise LookupError('no contract of type = "layers" with two layers or more')
        if "forbidden" not in by_type:
            raise LookupError('no contract of type = "forbidden" that keeps the core pure')
        pure = by_type["forbidden"].get("source_modules", [])
        return cls(tuple(re.findall(r"\w+", layers[-2])), frozenset(pure))


def check_layers(course: Course) -> Report:
    """Invariant 8."""
    modules = len(list((course.root / PACKAGE).rglob("*.py")))
    try:
        contracts = Contracts.read(course.root / "pyproject.toml")
    except (LookupError, FileNotFoundError) as error:
        allowed = "[tool.importlinter] with layers, and with what the core may not import"
        return Report.of("nothing", [Finding("pyproject.toml", str(error), allowed)])
    findings = [*broken_contracts(course.root), *impure_core(course.root, contracts)]
    return Report.of(count(modules, "module"), findings)


def broken_contracts(root: Path) -> Iterator[Finding]:
    """What import-linter says, without its banner."""
    program = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, "--no-cache", "--no-logo"], cwd=root,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode:
        said = BROKEN.search(done.stdout)
        found = said[1].strip() if said else f"{done.stdout}{done.stderr}".strip()
        yield Finding("import-linter", found, "imports that go down the layers of pyproject.toml")


def impure_core(root: Path, contracts: Contracts) -> Iterator[Finding]:
    for name in contracts.core:
        places = [root / PACKAGE / f"{name}.py", *sorted((root / PACKAGE / name).rglob("*.py"))]
        there = [place for place in places if place.is_file()]
        if there and f"{PACKAGE}.{name}" not in contracts.pure:
            found = f"{PACKAGE}.{name} is in the core, but the contract of purity does not name it"
            yield Finding("pyproject.toml", found, "every module of the core in source_modules")
        for place in there:
            where = place.relative_to(root).as_posix()
            for line, found in sorted(impurities(ast.parse(place.read_text(encoding="utf-8")))):
                allowed = "`now` or a clock, and a random.Random, that are passed in"
                yield Finding(f"{where}:{line}", found, allowed)


def impurities(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Where a module imports a clock or I/O, or uses the random module's own state."""
    names = imported(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                found = [alias.name for alias in node.names if is_impure(alias.name)]
            case ast.ImportFrom(level=0, module=str(module)):
                found = [
                    f"{alias.name} from {module}"
                    for alias in node.names
                    if is_impure(module) or (module == "random" and alias.name not in RANDOM)
                ]
            case ast.Attribute(value=ast.Name(id=name)):
                own_state = names.get(name) == "random" and node.attr not in RANDOM
                found = [f"random.{node.attr}"] if own_state else []
            case _:
                continue
        verb = "uses" if isinstance(node, ast.Attribute) else "imports"
        for each in found:
            yield node.lineno, f"it {verb} {each}"


def is_impure(module: str) -> bool:
    return module.partition(".")[0] in IMPURE


def imported(tree: ast.Module) -> Mapping[str, str]:
    """The modules that a module imports whole, by the name that they have in it."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
