"""Learn the Medallion Architecture by running it: bronze, silver and gold on your own machine."""

from medallion_lab.lab import Lab, open_lab

__version__ = "0.1.0"
__all__ = ["Lab", "open_lab"]
