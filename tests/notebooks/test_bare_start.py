"""What no chapter can be quicker than: Spark starts and writes one Delta table. See tools/timings.py."""

import subprocess
import sys
import time

from tools.timings import BARE_START

PROGRAM = """
import sys
from pathlib import Path
from medallion_lab.runtime.session import start_session, stop_jvm

place = Path(sys.argv[1])
spark = start_session(warehouse=place / "tables", log_file=place / "spark.log")
spark.range(10).write.format("delta").save(str(place / "numbers"))
print(spark.read.format("delta").load(str(place / "numbers")).count())
stop_jvm()
"""


def test_a_bare_start_writes_a_table_and_its_time_is_noted(tmp_path, record_property):
    begin = time.perf_counter()
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True)
    record_property(BARE_START, round(time.perf_counter() - begin, 1))
    assert run.stdout.split() == ["10"], run.stderr
