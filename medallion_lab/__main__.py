"""``python -m medallion_lab`` is ``medallion-lab``.

Term: command line.
Taught in: book/index.md.
"""

from medallion_lab.cli import main

main()
