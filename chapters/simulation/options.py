"""The words of the command as the settings of runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from chapters.errors import CourseError
from chapters.simulation import policies
from chapters.simulation.faults import WAYS, Fault, seconds
from chapters.simulation.settings import KEYS, Settings, numbers


def settings_of(options: Mapping[str, Any]) -> list[Settings]:
    """The settings of a run for each policy that is named.

    CourseError names the option that is wrong, its value and what is allowed.
    """
    given = dict(options)
    chosen = [name.strip() for name in given.pop("policy").split(",")]
    for name in chosen:
        if chosen.count(name) > 1:
            raise CourseError(f"--policy {name!r}: it is there twice")
    found = Settings(policy=chosen[0], **parsed(given))
    all_of_them = [replace(found, policy=name) for name in chosen]
    if not set(chosen) & set(policies.keyed()):
        check_unkeyed(found)
    return all_of_them


def parsed(given: dict[str, Any]) -> dict[str, Any]:
    """The options whose values are more than a number, read; the others as they are."""
    given["faults"] = tuple(sorted(faults(given), key=lambda fault: fault.at))
    given["service_times"] = tuple(
        seconds("--service-time", time) for time in given.pop("service_time").split(",")
    )
    for option, example in (("retry_statuses", "502,503,504"), ("weights", "3,1,1")):
        text, name = given[option], f"--{option.replace('_', '-')}"
        given[option] = numbers(name, text, example) if text else ()
    for option in ("duration", "timeout"):
        given[option] = seconds(f"--{option}", given[option])
    for option in ("warm_up", "slow_start"):
        text, name = given[option], f"--{option.replace('_', '-')}"
        given[option] = seconds(name, text) if text else 0.0
    return given


def check_unkeyed(settings: Settings) -> None:
    """Raises CourseError for an option about keys, where nobody asks for one."""
    for option, is_given in (
        ("--keys", settings.keys != KEYS), ("--zipf", settings.zipf), ("--hot", settings.hot > 0),
    ):  # fmt: skip
        if is_given:
            raise CourseError(f"{option} needs a keyed policy: {', '.join(policies.keyed())}")


def faults(given: dict[str, Any]) -> Iterator[Fault]:
    """Takes what is done to upstreams out of the options."""
    for way in WAYS:
        for text in given.pop(way):
            yield Fault.parse(way, text)
