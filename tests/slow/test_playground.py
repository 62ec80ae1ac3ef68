"""Every position of the playground, run again."""

from chapters.course import Course
from chapters.figures.recording import PLAYGROUND, record, written
from tests.course.sample_book import PROJECT


def test_every_position_is_what_the_code_of_its_chapter_does_now() -> None:
    course = Course.load(PROJECT)
    assert record(course, PLAYGROUND) == written(course, PLAYGROUND)
