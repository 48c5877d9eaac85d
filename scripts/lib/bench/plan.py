"""How large and how long a run is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sizes are numbers of spaces: buildings, floors, rooms and zones."""

    small: int
    middle: int
    largest: int | None
    """None is as many as Home Assistant's limit of entities lets in."""
    polled: int
    rounds: int
    poll_rounds: int
    seconds: float
    """How long each measurement of the rate lasts, in each round."""
    latency_seconds: float
    """How long each measurement of the latency lasts, in each round."""
    connections: int = 16
    """Enough to keep Home Assistant busy all the time."""
    moved_share: float = 0.01
    """Share of the spaces that somebody enters before each poll."""


# Many short rounds rather than few long ones: what else the machine does comes and goes within seconds.
FULL = Plan(
    small=200, middle=2000, largest=None, polled=3000, rounds=15, poll_rounds=6, seconds=1.5, latency_seconds=0.7
)
QUICK = Plan(small=30, middle=100, largest=200, polled=300, rounds=2, poll_rounds=2, seconds=0.7, latency_seconds=0.3)
