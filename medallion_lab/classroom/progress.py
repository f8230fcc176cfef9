"""What a learner has tried and solved: one small file in the home of the workspaces. It is sent nowhere.

Term: exercise.
Taught in: book/exercises/index.md.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from medallion_lab.runtime.places import ensure_writable, home_folder


@dataclass
class Tries:
    """How often an exercise was checked before it was solved, and whether it is."""

    tries: int = 0
    solved: bool = False

    def __str__(self) -> str:
        count = f"{self.tries} {'try' if self.tries == 1 else 'tries'}"
        return f"solved ({count})" if self.solved else count if self.tries else "not tried"


Progress = dict[str, dict[str, Tries]]


def progress_file() -> Path:
    """Return where the progress is kept."""
    return home_folder() / "progress.json"


def read_progress() -> Progress:
    """Return chapter -> exercise -> tries, of the exercises that were tried.

    A file that does not read is put aside, and counting begins anew: ``what_was_put_aside`` says so.
    """
    file = progress_file()
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return {
            str(chapter): {
                str(name): Tries(int(found["tries"]), bool(found["solved"])) for name, found in of.items()
            }
            for chapter, of in stored.items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError, IsADirectoryError):
        file.replace(_broken_file())
        return {}


def what_was_put_aside() -> str:
    """Return a sentence about a file of progress that did not read; "" if there is none."""
    broken = _broken_file()
    if not broken.exists():
        return ""
    return f"Your progress could not be read: its file was put aside as {broken}, and a new one is begun."


def _broken_file() -> Path:
    return progress_file().with_name("progress.broken.json")


def note_try(chapter: str, exercise: str, *, solved: bool) -> Tries:
    """Note one check of an exercise. What is solved stays solved, and its tries are no longer counted."""
    folder = ensure_writable(home_folder(), variable="MEDALLION_LAB_HOME")
    with FileLock(folder / ".progress.lock"):
        progress = read_progress()
        tries = progress.setdefault(chapter, {}).setdefault(exercise, Tries())
        if not tries.solved:
            tries.tries += 1
            tries.solved = solved
            incoming = folder / ".progress.new"
            text = {
                chapter: {name: asdict(of) for name, of in found.items()}
                for chapter, found in progress.items()
            }
            incoming.write_text(json.dumps(text, indent=1, sort_keys=True), encoding="utf-8")
            incoming.replace(progress_file())
    return tries
