"""New shops for tests; hypothesis needs one for each of its examples."""

import contextlib
from pathlib import Path
from tempfile import TemporaryDirectory

from medallion_lab.shop import Shop


@contextlib.contextmanager
def new_shop(seed=7):
    """A shop with an answer key, in folders of its own."""
    with TemporaryDirectory() as folder:
        landing, answer_key = Path(folder) / "landing", Path(folder) / "answer_key"
        landing.mkdir(), answer_key.mkdir()
        yield Shop(landing, seed=seed, answer_key=answer_key)
