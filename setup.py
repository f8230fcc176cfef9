"""What pyproject.toml cannot say: the wheel holds the book's chapters, and its built pages if they are there.

``book/`` stands beside the package, where readers of a clone look for it. A wheel has no such place, so the
build puts it into the package, where ``medallion_lab.bookshelf`` finds it. Everything else stands in
``pyproject.toml``.
"""

import shutil
from pathlib import Path
from typing import ClassVar

from setuptools import Command, setup
from setuptools.command.build import build

ROOT = Path(__file__).parent

# Where the wheel keeps it -> where it stands in the project.
SHELVES = {"medallion_lab/_book/chapters": "book", "medallion_lab/_book/html": "_build/html"}


def files_of_the_book() -> dict[str, str]:
    """Return each file of the book and of its built pages: its path in the wheel -> its path in the project.

    What programs leave behind (a name that begins with a dot, byte code) stays out; links are not followed.
    """
    found = {}
    for shelf, folder in SHELVES.items():
        for path in sorted(ROOT.joinpath(folder).rglob("*")):
            parts = path.relative_to(ROOT / folder).parts
            is_left_behind = any(part.startswith(".") or part == "__pycache__" for part in parts)
            if path.is_file() and not path.is_symlink() and not is_left_behind:
                found["/".join([shelf, *parts])] = path.relative_to(ROOT).as_posix()
    return found


class BuildBook(Command):
    """Copy the book into the package that is being built.

    An editable install copies nothing: there the book is read where it is written. The methods beside
    ``run`` are what setuptools asks of a part of ``build``; they bring the files into the source archive too.
    """

    description = "copy the book into the package"
    user_options: ClassVar[list] = []

    def initialize_options(self) -> None:
        """Begin with nothing decided."""
        self.editable_mode = False
        self.build_lib: str | None = None

    def finalize_options(self) -> None:
        """Build where the package is built."""
        self.set_undefined_options("build_py", ("build_lib", "build_lib"))

    def run(self) -> None:
        """Copy the files; those of an earlier build go, for a page may have been renamed since."""
        if self.editable_mode:
            return
        for shelf in SHELVES:
            shutil.rmtree(Path(self.build_lib, shelf), ignore_errors=True)
        for target, source in self.get_output_mapping().items():
            self.mkpath(str(Path(target).parent))
            self.copy_file(str(ROOT / source), target)

    def get_source_files(self) -> list[str]:
        """Return what the source archive needs, so that a wheel can be built from it."""
        return list(files_of_the_book().values())

    def get_outputs(self) -> list[str]:
        """Return what ``run`` writes."""
        return list(self.get_output_mapping())

    def get_output_mapping(self) -> dict[str, str]:
        """Return what ``run`` writes, each with the file that it comes from."""
        if self.editable_mode:
            return {}
        return {str(Path(self.build_lib, target)): source for target, source in files_of_the_book().items()}


class Build(build):
    """The usual steps, and the book."""

    sub_commands = (*build.sub_commands, ("build_book", None))


if __name__ == "__main__":
    setup(cmdclass={"build": Build, "build_book": BuildBook})
