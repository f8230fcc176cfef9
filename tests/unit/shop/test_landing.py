import subprocess
import sys

import pytest

from medallion_lab.errors import LandingError
from medallion_lab.shop.landing import land_file


def test_a_file_lands_with_one_line_for_each_record(tmp_path):
    landed = land_file(tmp_path / "sales.json", ["one", "zwölf"])
    assert landed.path.read_bytes() == "one\nzwölf\n".encode()
    assert repr(landed) == "sales.json: 2 lines"


def test_a_name_that_has_landed_is_never_written_again(tmp_path):
    land_file(tmp_path / "sales.json", ["first"])
    with pytest.raises(LandingError, match="has landed already"):
        land_file(tmp_path / "sales.json", ["second"])
    assert (tmp_path / "sales.json").read_text() == "first\n"


def test_nothing_but_the_finished_file_remains(tmp_path):
    land_file(tmp_path / "sales.json", ["one"])
    assert [path.name for path in tmp_path.iterdir()] == ["sales.json"]


LAND_WITHOUT_ROOM = """
import resource, signal, sys
from pathlib import Path
from medallion_lab.errors import LandingError
from medallion_lab.shop import Shop

# The operating system refuses to let any file grow beyond 1 kB: the write fails half-way, as on a full disk.
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
try:
    Shop(Path(sys.argv[1])).land(100)
except LandingError as error:
    print(error)
"""


def test_a_write_that_fails_half_way_leaves_nothing_and_can_be_repeated(tmp_path):
    from medallion_lab.shop import Shop

    (tmp_path / "full").mkdir()
    run = subprocess.run(
        [sys.executable, "-c", LAND_WITHOUT_ROOM, tmp_path / "full"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Got: sales_000001.json could not be written" in run.stdout
    assert "medallion-lab clean" in run.stdout
    assert list((tmp_path / "full").iterdir()) == []
    (tmp_path / "roomy").mkdir()
    again, undisturbed = Shop(tmp_path / "full").land(100), Shop(tmp_path / "roomy").land(100)
    assert again.path.read_bytes() == undisturbed.path.read_bytes()
