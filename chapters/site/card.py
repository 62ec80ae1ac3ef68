"""The `card` block: what a chapter is, before it starts."""

from __future__ import annotations

from chapters.fences import Fence
from chapters.site.difference import changes
from chapters.site.markup import counted, inline, tag
from chapters.site.page import SitePage, bare, only


def card(fence: Fence, page: SitePage) -> str:
    """What the reader builds, how long it takes, how to start, how much changes."""
    only(fence, options=("chapter",))
    bare(fence)
    course = page.book.course
    chapter = course.chapter(page.number(fence, "chapter"))
    files = list(changes(course.tree(chapter.number - 1), course.tree(chapter.number)))
    added, removed = sum(file.added for file in files), sum(file.removed for file in files)
    gone = f", {counted(removed, 'line')} fewer" if removed else ""
    yours = sum(
        file.added for file in changes(course.start(chapter.number), course.tree(chapter.number))
    )
    facts = [
        ("Time", f"about {duration(chapter.minutes)}"),
        ("Exercises", str(len(chapter.steps))),
        ("Code", f"{counted(added, 'new line')}{gone} in {counted(len(files), 'file')}"),
        ("Yours", f"{counted(yours, 'line')} of them"),
        ("Start", tag("code", f"make start CH={chapter.number:02}")),
    ]
    terms = "".join(tag("div", tag("dt", key) + tag("dd", value)) for key, value in facts)
    switch = tag("div", "", class_="solutions-switch", data_solutions_switch="")
    part = tag("p", inline(f"Chapter {chapter.number} · Part {chapter.part}"), class_="card-part")
    summary = tag("p", inline(chapter.summary), class_="card-summary")
    return tag(
        "section",
        part + summary + tag("dl", terms) + switch,
        class_="card",
        aria_label=f"Chapter {chapter.number}",
    )


def duration(minutes: int) -> str:
    """'45 minutes', 'an hour', '90 minutes', '2 hours'."""
    hours, rest = divmod(minutes, 60)
    if rest or not hours:
        return f"{minutes} minutes"
    return "an hour" if hours == 1 else f"{hours} hours"
