"""Which notebooks there are: those in the table of contents, each one page of the book."""

from tools.contents import LEFT_OPEN, ROOT, chapters, exercises, running, solutions, title

__all__ = [
    "LEFT_OPEN", "PLAYGROUNDS", "ROOT", "SECOND_PARTS",
    "chapters", "exercises", "lessons", "running", "solutions", "title",
]  # fmt: skip

# Pages to play on beside the chapters: no aims, no summary, no minutes. Everything else holds for them too.
PLAYGROUNDS = frozenset({"control_room"})
# Subjects of their own, for which a chapter has no room: no picture of one idea, no exercises.
SECOND_PARTS = frozenset({"closer_looks", "gold_in_use", "streams_state", "your_files"})


def lessons():
    """Return the notebooks that teach, with all parts of a chapter."""
    return [chapter for chapter in chapters() if chapter.stem not in PLAYGROUNDS | SECOND_PARTS]
