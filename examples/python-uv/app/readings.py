"""The last readings of each sensor, kept in memory."""

from collections import defaultdict, deque
from dataclasses import dataclass
from statistics import fmean, median

KEPT = 1000


@dataclass(frozen=True)
class Summary:
    count: int
    lowest: float
    highest: float
    mean: float
    median: float


class Readings:
    def __init__(self):
        self._by_sensor: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=KEPT))

    def add(self, sensor: str, value: float) -> None:
        self._by_sensor[sensor].append(value)

    def summary(self, sensor: str) -> Summary | None:
        values = self._by_sensor.get(sensor)
        if not values:
            return None
        return Summary(len(values), min(values), max(values), fmean(values), median(values))
