"""What one operation of a caller may ask for and cause."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Bounds:
    """For one kind of caller: the least age, the highest price, time, and calls to a source."""

    floor: timedelta
    most_cost: int
    seconds: float
    calls_per_source: int
