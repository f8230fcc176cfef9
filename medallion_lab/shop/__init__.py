"""The pretend source systems: what arrives in the lab, and how."""

from medallion_lab.shop.till import Shop

__all__ = ["Shop"]
