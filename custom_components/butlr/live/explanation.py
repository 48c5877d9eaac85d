"""Why the state of a space is what it is, how its values arrived, and what changes it next. Plain Python.

Timestamps are Unix seconds.
"""

from dataclasses import dataclass
from typing import Final

from ..api.estate import PrimarySource
from .arrival import Arrival
from .confidence import Doubt, StaleAfter, doubts, stale_at
from .evidence import VALIDITY
from .reasons import Reason, reason
from .space import Confidence, Level, SpaceNode

# The rule in `rules.py` behind each reason.
RULES: Final = {
    Reason.INSIDE_OCCUPIED: 7,
    Reason.PEOPLE_COUNTED: 6,
    Reason.PEOPLE_ESTIMATED: 7,
    Reason.MOTION: 6,
    Reason.NOBODY_COUNTED: 6,
    Reason.NOBODY_ESTIMATED: 7,
    Reason.MOTION_ENDED: 6,
    Reason.INSIDE_EMPTY: 7,
    Reason.NO_SENSORS: 3,
    Reason.NO_COUNT: 3,
    Reason.NO_ESTIMATE: 3,
    Reason.INSIDE_UNKNOWN: 3,
    Reason.UNCONFIRMED: 3,
    Reason.SENSORS_OFFLINE: 5,
    Reason.NO_DATA: 4,
    Reason.INSIDE_UNAVAILABLE: 4,
}
_BY_COUNT: Final = (Reason.PEOPLE_COUNTED, Reason.NOBODY_COUNTED)
_BY_ESTIMATE: Final = (Reason.PEOPLE_ESTIMATED, Reason.NOBODY_ESTIMATED)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a state is what it is; a space that is gone has the default.

    `stale_at` and `unknown_at` are when the number that decides is stale, and no longer believed, unless it is renewed.
    `resets_at` is the midnight at which an estimate begins anew.
    """

    reason: Reason = Reason.UNCONFIRMED
    confidence: Confidence = Confidence.UNKNOWN
    doubts: tuple[Doubt, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    stale_at: float | None = None
    unknown_at: float | None = None
    resets_at: float | None = None

    @property
    def rule(self) -> int:
        """Return the number of the rule that decided."""
        return RULES[self.reason]


def explain(node: SpaceNode, limits: StaleAfter, now: float) -> Explanation:
    """Return why the state of a space is what it is."""
    why, state, evidence = reason(node, now), node.state, node.evidence
    found: list[Doubt] = []
    stale = stale_at(node, limits)
    if state.confidence is not Confidence.UNKNOWN:
        found = doubts(node, state.primary_count, stale, incomplete=state.incomplete, now=now)
    decides = why in (_BY_ESTIMATE if node.source is PrimarySource.TRAFFIC else _BY_COUNT)
    renewed_at = evidence.estimate_renewed_at if why in _BY_ESTIMATE else evidence.count_renewed_at
    return Explanation(
        reason=why,
        confidence=state.confidence,
        doubts=tuple(found),
        arrivals=() if node.level is Level.BUILDING else tuple(evidence.arrivals(now)),
        stale_at=stale if decides else None,
        unknown_at=renewed_at + VALIDITY if decides else None,
        resets_at=evidence.day.end if why in _BY_ESTIMATE else None,
    )
