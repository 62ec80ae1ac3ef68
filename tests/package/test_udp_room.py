"""How many sessions there can be at once."""

import resource
from pathlib import Path

import pytest

from reverseproxy import ConfigurationError
from reverseproxy.udp import room
from reverseproxy.udp.room import OTHERS, room_for


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, int]:
    """What the system lets us have: open files, as a soft and a hard limit, and ports."""
    has = {"soft": 1024, "hard": 20_000, "ports": 28_232}
    ports = tmp_path / "ports"
    monkeypatch.setattr(room, "PORTS", ports)
    read = Path.read_text

    def text(path: Path, **how: str) -> str:
        return f"32768\t{32767 + has['ports']}\n" if path == ports else read(path, **how)

    def raised(_: int, to: tuple[int, int]) -> None:
        has["soft"], has["hard"] = to

    monkeypatch.setattr(Path, "read_text", text)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (has["soft"], has["hard"]))
    monkeypatch.setattr(resource, "setrlimit", raised)
    return has


def test_the_usual_and_the_limit_of_files_is_raised_for_it(limits: dict[str, int]) -> None:
    assert room_for(None) == 16_384
    assert limits["soft"] == 16_384 + OTHERS


def test_what_is_there_already_is_not_lowered(limits: dict[str, int]) -> None:
    limits["soft"] = 19_000
    assert room_for(100) == 100
    assert limits["soft"] == 19_000


def test_the_usual_shrinks_by_itself(limits: dict[str, int]) -> None:
    limits["hard"] = 4096
    assert room_for(None) == 4096 - OTHERS
    limits["ports"] = 1000
    assert room_for(None) == 1000 - OTHERS


def test_more_than_can_be_had_names_the_limit(limits: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match=r"at most 19744 here, for open files"):
        room_for(20_000)
    limits["hard"] = resource.RLIM_INFINITY
    assert room_for(27_976) == 27_976
    with pytest.raises(ConfigurationError, match=r"at most 27976 here, for ports"):
        room_for(27_977)


def test_without_proc_it_is_what_linux_usually_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PORTS", Path("/nowhere/at/all"))
    assert room.ports() == 28_232 - OTHERS
