"""The pretend shop whose orders the lab refines. Taught in: book/foundations/the_lab.ipynb."""

from pathlib import Path

from medallion_lab.errors import OrderCountError
from medallion_lab.shop.landing import LandedFile, land_file
from medallion_lab.shop.orders import as_json_lines, make_orders

MOST_ORDERS_PER_FILE = 1_000_000


class Shop:
    """A shop that lands files of orders.

    Its only memory is its landing folder: the next file's number follows the highest one there. So a shop
    that is opened again goes on where it stopped.

    Parameters
    ----------
    landing : Path
        The folder where its files arrive.
    seed : int, default 7
        The same seed gives the same files.
    """

    def __init__(self, landing: Path, *, seed: int = 7) -> None:
        self.landing = landing
        self.seed = seed

    def __repr__(self) -> str:
        return f"Shop(seed={self.seed}, files landed: {len(self.files())})"

    def files(self) -> list[Path]:
        """Return the landed files in order of arrival."""
        return sorted(self.landing.glob("sales_[0-9]*.json"))

    def land(self, count: int = 10) -> LandedFile:
        """Land one file of new orders.

        Parameters
        ----------
        count : int, default 10
            How many orders, one line each.

        Raises
        ------
        OrderCountError
            If the count is not between 1 and 1,000,000.
        LandingError
            If the file cannot be written; the next call lands the same orders.
        """
        if not 1 <= count <= MOST_ORDERS_PER_FILE:
            raise OrderCountError(
                got=f"{count} orders for one file",
                needed=f"1 to {MOST_ORDERS_PER_FILE:,}",
                next_step="land several files when you want more",
            )
        orders = make_orders(count, seed=self.seed, file_number=self._next_number())
        return self.land_lines(as_json_lines(orders))

    def land_lines(self, lines: list[str]) -> LandedFile:
        """Land one file with these very lines, whatever they hold: for breaking things on purpose."""
        return land_file(self.landing / f"sales_{self._next_number():06}.json", lines)

    def _next_number(self) -> int:
        landed = self.files()
        return int(landed[-1].stem.removeprefix("sales_")) + 1 if landed else 1
