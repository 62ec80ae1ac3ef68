"""`check`: a run of the checkpoint, told and logged."""

from __future__ import annotations

from chapters import telling
from chapters.checkpoint import LIMIT, Verdict, judge, run_tests
from chapters.course import Chapter
from chapters.progress import digest
from chapters.session import Session
from chapters.tags import tag_names
from chapters.telling import commands, plainly
from chapters.workbook import Workbook, shown_from


def check_once(session: Session, chapter: Chapter, workbook: Workbook) -> bool:
    """Runs a chapter's checkpoint in its workbook and says what there is to say.

    Returns:
        Whether everything passes, the tests of the earlier chapters included.
    """
    console = session.console
    place = shown_from(session.root, workbook.folder)
    plainly(console, f"Chapter {chapter.number}, {chapter.title}, in {place}", "bold")
    code = digest(workbook.folder)
    verdict = judge(chapter, run_tests(workbook.folder, [chapter.tests]))
    session.progress.judged(chapter.number, verdict, code)
    telling.steps(console, chapter, verdict, session.progress.tally(chapter.number))
    if not verdict.is_passed:
        tell(session, chapter, verdict)
        return False
    if not earlier_hold(session, chapter, workbook):
        return False
    congratulate(session, chapter)
    return True


def tell(session: Session, chapter: Chapter, verdict: Verdict) -> None:
    """The first thing that does not hold, and what can be done about it."""
    console = session.console
    if verdict.trouble:
        plainly(console, verdict.trouble)
    if verdict.failure is None:
        way_back = f"git checkout {tag_names(chapter.number)[0]} -- tests"
        commands(console, [(way_back, "in the workbook: the chapter's tests as they were")])
        return
    plainly(console, telling.headline(verdict, verdict.failure), "bold")
    telling.failure(console, chapter, verdict.failure)
    if verdict.gap is not None:
        hint = f"make hint CH={chapter.number:02} STEP={verdict.gap.number}"
        commands(console, [(hint, "a nudge; again, for more")])


def earlier_hold(session: Session, chapter: Chapter, workbook: Workbook) -> bool:
    """Whether the checkpoints of earlier chapters still pass; says so when they do not."""
    earlier = session.course.chapters[: chapter.number - 1]
    earlier = tuple(each for each in earlier if (workbook.folder / each.tests).is_dir())
    if not earlier:
        return True
    limit = LIMIT + 10 * len(earlier)
    run = run_tests(workbook.folder, [each.tests for each in earlier], limit)
    if not run.failures and not run.trouble:
        return True
    console = session.console
    plainly(console, "Every step passes, but what earlier chapters promised holds no more.", "bold")
    if run.trouble:
        plainly(console, run.trouble)
    for each in earlier:
        broken = [outcome for outcome in run.failures if outcome.nodeid.startswith(each.tests)]
        if broken:
            plainly(console, f"\nChapter {each.number}, {each.title}: {count(len(broken))}")
            telling.failure(console, each, broken[0])
            return False
    return False


def count(number: int) -> str:
    return "1 test fails" if number == 1 else f"{number} tests fail, this one first"


def congratulate(session: Session, chapter: Chapter) -> None:
    """Says that the chapter is done, and what comes next."""
    number = chapter.number
    tally = session.progress.tally(number)
    tried = telling.attempts(sum(tally.attempts.values())) or "no attempt logged"
    plainly(session.console, f"Chapter {number} is done: every step passes ({tried}).", "green")
    lines = [(f"make diff CH={number:02}", "the book's own code, to compare yours with")]
    if number < len(session.course.chapters):
        title = session.course.chapter(number + 1).title
        next_one = f"in the main checkout: the next chapter, {title}"
        lines.append((f"make start CH={number + 1:02}", next_one))
    else:
        lines.append(("make list", "what the next chapters will be; this is the last one so far"))
    commands(session.console, lines)
