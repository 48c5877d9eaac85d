"""What a run found, and how it is summed up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
import math
import statistics

from .load import Load

PARSE_ONLY, TARGETED, TEXTBOOK = "parse only", "targeted", "textbook"
SMALL, MIDDLE, LARGEST = "small", "middle", "largest"
VARIANTS = (PARSE_ONLY, TARGETED, SMALL, MIDDLE, LARGEST, TEXTBOOK)
"""In the order in which each round measures them."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """What it took to add an entry, and what it holds."""

    spaces: int
    entities: int
    seconds: float
    cpu: float
    memory: int
    """Bytes that the process holds more than before."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One variant in one round."""

    events: int
    seconds: float
    cpu: float
    latencies: tuple[float, ...]

    @classmethod
    def of(cls, rate: Load, latency: Load) -> Sample:
        """Keep of both measurements what they are for."""
        return cls(rate.events, rate.seconds, rate.cpu, latency.latencies)

    @property
    def rate(self) -> float:
        """Return events per second."""
        return self.events / self.seconds

    @property
    def cpu_per_event(self) -> float:
        """Return seconds of the processor per event."""
        return self.cpu / self.events if self.events else math.nan


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll cost Home Assistant; in seconds."""

    what: str
    succeeded: bool
    seconds: float
    loop_cpu: float
    process_cpu: float
    longest_block: float
    longest_block_cpu: float
    longest_block_own: float
    """Without the garbage collections in it, which are as long as the whole Home Assistant is large."""
    longest_collection: float
    turns: int
    changed: int


@dataclass(slots=True)
class Results:
    """Everything that was measured."""

    spaces: dict[str, int] = field(default_factory=dict)
    """By variant, and of the estate whose polls are measured."""
    set_ups: dict[str, SetUp] = field(default_factory=dict)
    """Of the estates, and of the copies of their entities in other designs."""
    polls: list[list[Poll]] = field(default_factory=list)
    """Of each round."""
    rounds: list[dict[str, Sample]] = field(default_factory=list)
    changes: dict[str, float] = field(default_factory=dict)
    """How many states an event changes, by variant."""
    applied: float = 0.0
    """Share of the events that the integration took in."""

    def rate(self, variant: str) -> float:
        """Return the median of a variant's events per second."""
        return statistics.median(samples[variant].rate for samples in self.rounds)

    def cpu_per_event(self, variant: str) -> float:
        """Return the median of a variant's seconds of the processor per event."""
        return statistics.median(samples[variant].cpu_per_event for samples in self.rounds)

    def ratio(self, variant: str, to: str) -> float:
        """Return how the rates of two variants compare: round by round, so that the mood of the machine cancels out."""
        return statistics.median(samples[variant].rate / samples[to].rate for samples in self.rounds)

    def cpu_ratio(self, variant: str, to: str) -> float:
        """Return the same by processor time, which other processes on the machine distort less."""
        return statistics.median(samples[to].cpu_per_event / samples[variant].cpu_per_event for samples in self.rounds)

    def latency(self, variant: str, share: float) -> float:
        """Return the latency below which a share of the answers of all rounds lay."""
        return percentile([one for samples in self.rounds for one in samples[variant].latencies], share)

    def polls_of(self, what: str) -> list[Poll]:
        """Return the polls of one kind."""
        return [poll for polls in self.polls for poll in polls if poll.what == what]


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value below which a share of the values lies."""
    ordered: Sequence[float] = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else math.nan
