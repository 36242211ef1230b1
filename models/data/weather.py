"""1,461 days of weather in Seattle, 2012 to 2015, cut by year for forecasting tomorrow.

A sample is a day, today; its target is tomorrow's highest temperature. A sample belongs to the year
of its target: 2012 and 2013 to train on, 2014 to choose by, 2015 to test once. `LICENCES.md` beside
this file says whose the data are.

Source:
    The file seattle-weather.csv of vega_datasets 0.9.0, drawn from NOAA data,
    https://github.com/vega/vega_datasets
"""

import csv
import datetime
import math
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

FILE = Path(__file__).with_name("seattle_weather.csv")
"""date, precipitation (mm), temp_max (°C), temp_min (°C), wind (m/s)."""

FEATURES = (
    "max today",
    "max 1 day ago",
    *(f"max {days} days ago" for days in range(2, 7)),
    "min today",
    "rain today",
    "wind today",
    "sin of the year",
    "cos of the year",
)
"""What is known today, in the order of the columns of `Split.features`."""

WINDOW = 7
"""Days of highest temperatures in a sample, today among them."""


@dataclass(frozen=True)
class Split:
    """Samples in the order of their days.

    Attributes:
        dates: The day of each target, that is tomorrow.
        features: What is known today: °C, mm, m/s, and the place in the year on a circle.
        today: Today's highest temperature in °C, which is also the first feature.
        targets: Tomorrow's highest temperature in °C.
    """

    dates: tuple[datetime.date, ...]
    features: Float[Tensor, "days 12"]
    today: Float[Tensor, " days"]
    targets: Float[Tensor, " days"]

    def to(self, device: str) -> "Split":
        """The same split on another device."""
        moved = (self.features.to(device), self.today.to(device), self.targets.to(device))
        return Split(self.dates, *moved)


def load() -> tuple[tuple[datetime.date, ...], Float[Tensor, "days 4"]]:
    """Every day, and its precipitation, highest and lowest temperature, and wind."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = ("precipitation", "temp_max", "temp_min", "wind")
    values = torch.tensor([[float(row[name]) for name in names] for row in rows])
    return tuple(datetime.date.fromisoformat(row["date"]) for row in rows), values


def day_of_year(date: datetime.date) -> int:
    """1 on New Year's Day, 365 or 366 on its eve."""
    return date.timetuple().tm_yday


def splits() -> tuple[Split, Split, Split]:
    """The training (2012-13), validation (2014) and test days (2015): 724, 365 and 365.

    The first week of 2012 has no week before it, so the first target is the 8th of January.
    """
    dates, values = load()
    rain, highest, lowest, wind = values.T
    count = len(dates) - WINDOW
    past = [highest[WINDOW - 1 - ago :][:count] for ago in range(WINDOW)]
    now = slice(WINDOW - 1, WINDOW - 1 + count)
    angle = torch.tensor([math.tau * day_of_year(date) / 365.25 for date in dates[now]])
    features = torch.stack([*past, lowest[now], rain[now], wind[now], angle.sin(), angle.cos()], 1)
    tomorrow, targets = dates[WINDOW:], highest[WINDOW:]

    def cut(*years: int) -> Split:
        rows = [row for row, date in enumerate(tomorrow) if date.year in years]
        days = tuple(tomorrow[row] for row in rows)
        return Split(days, features[rows], features[rows, 0], targets[rows])

    return cut(2012, 2013), cut(2014), cut(2015)


def climatology(train: Split, dates: tuple[datetime.date, ...]) -> Float[Tensor, " days"]:
    """For each date the mean target of the training days within a week of it in the calendar.

    Args:
        train: The days that may be learnt from.
        dates: The days to forecast.
    """
    known = torch.tensor([day_of_year(date) for date in train.dates])
    wanted = torch.tensor([day_of_year(date) for date in dates])
    apart = (wanted[:, None] - known).abs()
    # The calendar is a circle: the 31st of December stands beside the 1st of January.
    near = (torch.minimum(apart, 365 - apart) <= 7).float()
    return near @ train.targets / near.sum(1)
