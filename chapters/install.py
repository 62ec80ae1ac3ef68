"""Installs what pyproject.toml declares into the environment that runs this, never the package.

    python chapters/install.py                      at the versions of constraints.txt
    python chapters/install.py --unpinned           the newest that fit
    python chapters/install.py --write-constraints  writes constraints.txt from what is installed

It runs before anything is installed, so it uses the standard library alone.
"""

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
HEADER = "# Written by `make lock`: the versions that the tests ran with.\n"


def requirements() -> list[str]:
    """Every dependency that pyproject.toml declares, extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *(name for extra in extras for name in extra)]


def pip(*arguments: str) -> str:
    """What pip prints; its errors go to the terminal."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def rewrite_asserts() -> None:
    """Has pytest write its bytecode of hypothesis and of its plugins into the environment.

    It reads that where nothing may be written, too: each run of the tests begins a second earlier.
    Without it they run as well, so whatever goes wrong here is no error.
    """
    variables = {key: value for key, value in os.environ.items() if not key.startswith("PY")}
    with tempfile.TemporaryDirectory() as folder:
        imports = "import hypothesis.stateful\nimport hypothesis.strategies\n"
        Path(folder, "test_imports.py").write_text(imports, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider"]
        subprocess.run(
            [*command, "-W", "ignore", "-c", os.devnull, "test_imports.py"],
            cwd=folder, env=variables, check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def main(option: str = "") -> None:
    """Does what `option` says."""
    if option == "--write-constraints":
        CONSTRAINTS.write_text(HEADER + pip("freeze", "--exclude", "pip"), encoding="utf-8")
    elif option == "--unpinned":
        pip("install", "-q", *requirements())
        rewrite_asserts()
    else:
        pip("install", "-q", "-c", str(CONSTRAINTS), *requirements())
        rewrite_asserts()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
