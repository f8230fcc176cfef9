"""Answers to the capstone's ten questions, worked out flight by flight."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from statistics import fmean

from tests.unit.classroom.answers import Answers

LANDED = 2
FEWEST = 100


def answered(data, *, twice=1, keep=lambda flight: flight["arr_delay"] is not None, **others):
    """Return the right answers, but for some: question number -> what takes the place of its answer.

    twice: how often the flights of the month that landed twice are counted in silver; keep: what is good.
    """
    tables, order = data
    months = order[:LANDED]
    landed = rows(tables["flights"][tables["flights"].month.isin(months)])
    copies = [flight for flight in landed if flight["month"] == months[0]]
    counted = landed + copies * (twice - 1)
    good = [flight for flight in counted if keep(flight)]
    refused = [flight for flight in counted if not keep(flight)]
    rain = {(hour["origin"], hour["time_hour"]): hour["precip"] for hour in rows(tables["weather"])}
    names = dict(tables["airlines"][["carrier", "name"]].itertuples(index=False))
    planes = set(tables["planes"].tailnum)
    code, mean = latest(good, "arr_delay")
    before = delays_before(good, days=1)
    answers = [
        len(landed) + len(copies),
        len(good),
        len(refused),
        sum(flight["dep_time"] is not None for flight in refused),
        names[code],
        mean,
        sum(flight["tailnum"] not in planes for flight in good),
        sum(hour_of(flight) not in rain for flight in good),
        fmean(flight["dep_delay"] for flight in good if rain.get(hour_of(flight), 0) > 0),
        fmean(delay for delay in before if delay is not None),
    ]
    for number, answer in others.items():
        answers[int(number[1:])] = answer(good) if callable(answer) else answer
    return dict(zip(QUESTIONS, answers, strict=True))


QUESTIONS = (
    "flights in bronze",
    "flights in silver",
    "flights in quarantine",
    "flights diverted",
    "the latest carrier",
    "its mean arrival delay",
    "flights of an unknown plane",
    "flights without weather",
    "mean departure delay in rain",
    "mean of delay_before",
)


def rows(frame):
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def hour_of(flight):
    return flight["origin"], flight["time_hour"]


def day_of(flight):
    return date(flight["year"], flight["month"], flight["day"])


def latest(flights, column, fewest=FEWEST, total=fmean):
    delays = defaultdict(list)
    for flight in flights:
        if flight[column] is not None:
            delays[flight["carrier"]].append(flight[column])
    sizes = Counter(flight["carrier"] for flight in flights)
    return max(
        ((code, total(minutes)) for code, minutes in delays.items() if sizes[code] >= fewest),
        key=lambda found: found[1],
    )


def delays_before(flights, *, days):
    delays = defaultdict(list)
    for flight in flights:
        if flight["arr_delay"] is not None:
            delays[flight["carrier"], day_of(flight)].append(flight["arr_delay"])
    means = {name: fmean(minutes) for name, minutes in delays.items()}
    wanted = ((flight["carrier"], day_of(flight) - timedelta(days=days)) for flight in flights)
    return [means.get(name) for name in wanted]


def by_days(flights):
    """Return the mean over carriers' days, each once."""
    pairs = zip(flights, delays_before(flights, days=1), strict=True)
    each = {(flight["carrier"], day_of(flight)): delay for flight, delay in pairs}
    return fmean(delay for delay in each.values() if delay is not None)


def by_hours(data):
    tables, _ = data
    wet = {hour_of(hour) for hour in rows(tables["weather"]) if hour["precip"] > 0}

    def mean(flights):
        hours = defaultdict(list)
        for flight in flights:
            if hour_of(flight) in wet:
                hours[hour_of(flight)].append(flight["dep_delay"])
        return fmean(fmean(minutes) for minutes in hours.values())

    return mean


def in_local_hours(data):
    tables, _ = data
    rain = {hour_of(hour): hour["precip"] for hour in rows(tables["weather"])}

    def misread(flight):
        return flight["origin"], f"{day_of(flight)}T{flight['hour']:02}:00:00Z"

    return {
        "q7": lambda flights: sum(misread(flight) not in rain for flight in flights),
        "q8": lambda flights: fmean(f["dep_delay"] for f in flights if rain.get(misread(f), 0) > 0),
    }


def all_that_is_refused(data):
    return answered(data)["flights in quarantine"]


build = Answers(
    right=[
        answered,
        lambda data: list({"question": q, "answer": a} for q, a in answered(data).items()),
        lambda data: dict(reversed(answered(data).items())),
    ],
    wrong=[
        (
            lambda data: answered(data, q0=sum(data[0]["flights"].month.isin(data[1][:LANDED]))),
            "Bronze keeps",
        ),
        (lambda data: answered(data, twice=2), "one row for each flight"),
        (lambda data: answered(data, keep=lambda flight: flight["dep_time"] is not None), "were diverted"),
        (lambda data: answered(data, q3=all_that_is_refused(data)), "have never departed"),
        (lambda data: answered(data, q4=lambda flights: latest(flights, "arr_delay")[0]), "airline's code"),
        (
            lambda data: answered(
                data,
                q4="ExpressJet Airlines Inc.",
                q5=lambda flights: latest(flights, "arr_delay", total=sum)[1],
            ),
            "most minutes",
        ),
        (lambda data: answered(data, q5=lambda flights: latest(flights, "dep_delay")[1]), "on departure"),
        (lambda data: answered(data, q6=0, q7=0), "which kind of join"),
        (lambda data: answered(data, **in_local_hours(data)), "New York's"),
        (lambda data: answered(data, q8=by_hours(data)), "mean of hourly means"),
        (
            lambda data: answered(data, q9=lambda flights: fmean(delays_before(flights, days=0))),
            "its morning",
        ),
        (lambda data: answered(data, q9=by_days), "not over days"),
        (
            lambda data: answered(
                data, q9=lambda flights: fmean(delay or 0 for delay in delays_before(flights, days=1))
            ),
            "that is NULL",
        ),
        (lambda data: dict.fromkeys(QUESTIONS, ...), "Still open"),
    ],
)
