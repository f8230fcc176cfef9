"""What a panel needs of a lab: panels stand below it, so they name its parts and not its class.

Taught in: book/foundations/control_room.ipynb.
"""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from pyspark.sql import SparkSession

from medallion_lab.observe.recorder import Recorder
from medallion_lab.runtime.workspace import Workspace
from medallion_lab.shop import Shop


@runtime_checkable
class LabWithShop(Protocol):
    """What the generator panel needs: an open lab has it.

    Attributes
    ----------
    shop : Shop
        Lands its files.
    before_close : callable
        As that of a lab.
    """

    shop: Shop
    before_close: Callable[..., Any]


@runtime_checkable
class OpenLab(LabWithShop, Protocol):
    """What the stream panel needs: an open lab has it.

    Attributes
    ----------
    spark : SparkSession
        Its session.
    workspace : Workspace
        Its folder.
    recorder : Recorder
        What its streams have done.
    start_pipeline, start_stream, after_close : callable
        As those of a lab.
    """

    spark: SparkSession
    workspace: Workspace
    recorder: Recorder
    start_pipeline: Callable[..., Any]
    start_stream: Callable[..., Any]
    after_close: Callable[..., Any]

    @property
    def is_exact(self) -> bool:
        """Whether its pipeline has the exact forms."""
