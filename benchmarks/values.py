"""What a benchmark counts or times itself, beside the limit or the aim it is held against."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """One quantity, sampled several times.

    Attributes:
        beside: the limit measured in the same run, or the aim, in words.
    """

    name: str
    unit: str
    samples: tuple[float, ...]
    beside: str = ""

    @property
    def median(self) -> float:
        return float(statistics.median(self.samples))

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "unit": self.unit,
            "beside": self.beside,
            "samples": len(self.samples),
            "median": round(self.median, 3),
            "percentile_95": round(percentile(self.samples, 95), 3),
            "min": round(min(self.samples), 3),
            "max": round(max(self.samples), 3),
        }


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that so many percent of all do not exceed."""
    place = max(0, -(-len(samples) * percent // 100) - 1)
    return sorted(samples)[int(place)]
