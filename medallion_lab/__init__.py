"""Learn the Medallion Architecture by running it: bronze, silver and gold on your own machine."""

import sys

from medallion_lab.arguments import CheckedModules

# Before any other module of the package, so that it sees each of them.
sys.meta_path.insert(0, CheckedModules())

from medallion_lab.lab import Lab, open_lab  # noqa: E402

__version__ = "0.1.0"
__all__ = ["Lab", "open_lab"]
