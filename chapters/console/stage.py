"""Where the commands of a page run: its trees and a clone of the project, in a temporary folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

from chapters.console.blocks import Block
from chapters.console.ports import Ports
from chapters.console.project import commit_all, copy_project, project_files
from chapters.course import Course
from chapters.errors import CourseError
from chapters.git import git
from chapters.trees import Tree, write_tree

IDENTITY = """[user]
\tname = Reader
\temail = reader@example.org
[init]
\tdefaultBranch = main
[advice]
\tdetachedHead = false
"""

MADE_FROM = ("pyproject.toml", "constraints.txt", "chapters/install.py")
"""What the Makefile compares to see that everything is installed."""


class Stage:
    """The folders of one page's run. Use it as a context manager: they are gone at the end."""

    def __init__(self, course: Course, ports: Ports) -> None:
        self._course = course
        self.ports = ports
        self._temporary = tempfile.TemporaryDirectory(prefix="page-", ignore_cleanup_errors=True)
        self._folders: dict[str, Path] = {}

    def __enter__(self) -> Stage:
        self._root = Path(self._temporary.name)
        home = self._root / "home"
        home.mkdir()
        (home / ".gitconfig").write_text(IDENTITY)
        system = os.environ.get("PATH", os.defpath)
        # Made anew, not inherited: a reader's shell does not run inside make, or with our settings.
        self.environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), system]),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "PAGER": "cat",
        }
        # The trees find the dependencies as a reader's workbook does: beside the repository.
        git(self._root, "init", "-q")
        lend_environment(self._root / ".venv")
        return self

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()

    def folder(self, block: Block) -> Path:
        """The folder that the commands of the block begin in; made when it is first asked for."""
        if block.checkout:
            clone = self._folders.get("checkout") or self._clone()
            if block.step is not None:
                self._solve(clone, block.tree, block.step)
            return clone
        name = f"{block.tree:02}" if block.step is None else f"{block.tree:02}-step-{block.step}"
        return self._folders.get(name) or self._materialise(name, tree_of(self._course, block))

    def _materialise(self, name: str, tree: Tree) -> Path:
        folder = self._folders[name] = self._root / f"tree-{name}"
        folder.mkdir()
        write_tree(self._mapped(tree), folder)
        return folder

    def _clone(self) -> Path:
        folder = self._folders["checkout"] = self._root / "project"
        copy_project(self._course.root, folder)
        for name in filter(is_mapped, project_files(folder)):
            text = (folder / name).read_text(encoding="utf-8")
            (folder / name).write_text(self.ports.to_real(text), encoding="utf-8")
        commit_all(folder)
        (folder / ".venv").symlink_to(self._root / ".venv", target_is_directory=True)
        (folder / ".git" / "info" / "exclude").write_text(".venv\n")
        sources = [folder / name for name in MADE_FROM if (folder / name).exists()]
        stamp = b"".join(path.read_bytes() for path in sources)
        (folder / ".venv" / ".installed").write_bytes(stamp)
        return folder

    def _solve(self, clone: Path, chapter: int, step: int) -> None:
        """Brings a workbook to where a reader is who has solved the steps up to `step`."""
        workbook = clone / "workbook" / f"{chapter:02}"
        if not workbook.is_dir():
            command = [sys.executable, "-m", "chapters", "start", str(chapter)]
            done = subprocess.run(
                command,
                cwd=clone,
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise CourseError(f"make start CH={workbook.name} fails: {done.stderr.strip()}")
        write_tree(self._mapped(self._course.at(chapter, step)), workbook)

    def _mapped(self, tree: Tree) -> Tree:
        return {
            name: self.ports.to_real(content.decode()).encode() if is_mapped(name) else content
            for name, content in tree.items()
        }


def tree_of(course: Course, block: Block) -> Tree:
    if block.step is None:
        return course.tree(block.tree)
    return course.at(block.tree, block.step)


def is_mapped(name: str) -> bool:
    return name.endswith(".py") or Path(name).name == "Makefile"


def lend_environment(folder: Path) -> None:
    """Makes a virtual environment with the packages of this one; `make` may wipe it."""
    venv.create(folder, symlinks=os.name != "nt")
    own = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    lent = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    lines = [f"import site; site.addsitedir({path!r})\n" for path in lent]
    Path(own, "lent.pth").write_text("".join(lines))
    for script in Path(sys.prefix, "bin").iterdir() if sys.prefix != sys.base_prefix else ():
        target = folder / "bin" / script.name
        # Not pip: what it installs would land in the environment that is lent.
        if not target.exists() and not script.name.startswith("pip"):
            target.symlink_to(script)
