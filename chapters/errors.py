"""What goes wrong in the course is told to people in one sentence."""


class CourseError(Exception):
    """The course, or a request to it, is wrong: the message says what, and what is allowed."""
