"""Every exception that the lab raises: what was got, what was needed, and what to do next.

A learner meets an error alone, so each one answers the three questions in this order.
Term: exception.
Taught in: book/foundations/the_lab.ipynb.
"""


class MedallionLabError(Exception):
    """An error that says what was got, what was needed, and what to do next.

    Parameters
    ----------
    got : str
        What the lab found.
    needed : str
        What it needed instead.
    next_step : str
        What the reader can do now.
    """

    def __init__(self, got: str, needed: str, next_step: str) -> None:
        super().__init__(got, needed, next_step)
        self.got = got
        self.needed = needed
        self.next_step = next_step

    def __str__(self) -> str:
        return f"Got: {self.got}\nNeeded: {self.needed}\nNext: {self.next_step}"


class WrongTypeError(MedallionLabError, TypeError):
    """An argument of another type than the function takes, or one that it does not have."""


class JavaNotFoundError(MedallionLabError):
    """No Java that Spark can run on: there is none, or only an older one."""


class JarDownloadError(MedallionLabError):
    """Delta's jars are not in the cache and could not be fetched."""


class CorruptJarError(MedallionLabError):
    """A jar in the cache is not the file that was published."""


class VersionMismatchError(MedallionLabError):
    """Installed packages that do not work together, or a Python that is too old."""


class SparkStartError(MedallionLabError):
    """Java was there, but Spark did not start."""


class ForeignSessionError(MedallionLabError):
    """This process already runs a Spark that the lab did not start, or started with another profile."""


class UnknownProfileError(MedallionLabError):
    """A session profile that does not exist."""


class MasterError(MedallionLabError):
    """A master of a cluster that is none, or that does not answer."""


class NoExecutorError(MedallionLabError):
    """A cluster that gives this program no executor that works: no core is free, or none can reach us."""


class NotSharedError(MedallionLabError):
    """A folder of the lab that an executor does not see, or may not write to."""


class WorkspaceNameError(MedallionLabError):
    """A workspace name that could lead out of the lab's home."""


class ForeignFolderError(MedallionLabError):
    """A folder with files in it that the lab did not make: it is left untouched."""


class WorkspaceInUseError(MedallionLabError):
    """Another process holds this workspace."""


class WorkspaceMovedError(MedallionLabError):
    """A workspace whose streams began in another folder: they would read every landed file once more."""


class NotWritableError(MedallionLabError):
    """A folder that the lab must write to, and may not."""


class LandingError(MedallionLabError):
    """A file could not be landed; nothing of it is visible to a stream."""


class OrderCountError(MedallionLabError):
    """A number of orders that cannot be landed."""


class FaultError(MedallionLabError):
    """A fault that the shop does not know, or cannot plant as often as asked."""


class StreamNotFoundError(MedallionLabError):
    """No running stream has this name."""


class StreamTimeoutError(MedallionLabError):
    """A stream did not catch up, or did not stop, within the time it was given."""


class CloseError(MedallionLabError):
    """A lab that was closed, and of which one step of closing has failed."""


class NotRowsError(MedallionLabError):
    """Something to show as a table that does not consist of rows."""


class BrokenTableError(MedallionLabError):
    """A table in a workspace whose log does not read; nothing of it was changed."""


class MixedFormsError(MedallionLabError):
    """The simple and the exact form of a pipeline, in one workspace; nothing of it was changed."""


class NoRulesError(MedallionLabError):
    """Orders are to be judged, and there is no rule to judge them by."""


class AutoLoaderOptionError(MedallionLabError):
    """An option of Auto Loader that is unknown, not supported here, or contradicts another."""


class NothingToLearnFromError(MedallionLabError):
    """A schema is to be learned from files, and no file with a record has landed."""


class LandingNotFoundError(MedallionLabError):
    """The folder that a stream is to read is not there."""


class SchemaLogError(MedallionLabError):
    """The schema log cannot be read or written; nothing in it was changed."""


class CheckpointError(MedallionLabError):
    """A folder that is no checkpoint of a stream that reads files, or one that cannot be read."""


class NotOnALaptopError(MedallionLabError):
    """Something of Databricks that needs Databricks; the nearest thing that works here is named."""


class DatabricksModuleError(NotOnALaptopError, ModuleNotFoundError):
    """A Python module that only Databricks has."""


class CatalogError(MedallionLabError):
    """A catalog or volume that is not there, is there already, or still holds something."""


class DbfsPathError(MedallionLabError):
    """A path that leads out of the workspace, or a file operation that Databricks refuses too."""


class DbfsFileNotFoundError(DbfsPathError, FileNotFoundError):
    """No file or folder is at this DBFS path. Python's own FileNotFoundError catches it too."""


class WidgetError(MedallionLabError):
    """A widget that does not exist, or a value that it does not offer."""


class NotebookFileError(MedallionLabError):
    """A file that cannot be run as a notebook."""


class RunRecordError(MedallionLabError):
    """A record of a run that cannot be written, or a file that is none."""


class PaceError(MedallionLabError):
    """A pace at which the shop's clock cannot go, or a note of its paces that cannot be read or written."""


class DripError(MedallionLabError):
    """A drip of files that cannot be started as asked."""


class BookNotFoundError(MedallionLabError):
    """The book's chapters, or its built pages, are not with this package."""


class ExerciseNotFoundError(MedallionLabError):
    """A chapter without exercises, or an exercise that it does not have."""


class FlightsNotFoundError(MedallionLabError):
    """The capstone's flights are needed, and the package that holds them is not installed."""


class JupyterNotFoundError(MedallionLabError):
    """The chapters are to be opened, and the packages that open and run them are not installed."""
