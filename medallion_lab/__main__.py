"""``python -m medallion_lab`` is ``medallion-lab``."""

from medallion_lab.cli import main

main()
