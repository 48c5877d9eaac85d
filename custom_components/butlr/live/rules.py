"""The ten rules, and the functions that decide whether a space is available and occupied. Plain Python.

1. The newest timestamp wins; for the same timestamp the later arrival wins. An older reading is dropped and counted.
2. A timestamp more than two minutes in the future is treated as now: one wrong clock must not freeze a space.
3. Nothing known is unknown, never 0. So is a count that is 10 minutes old, or that no online sensor can have made.
4. While the cloud is unreachable, the last state stays for 10 minutes, and longer where pushes still arrive.
5. A space whose sensors are all offline is unavailable; one with some sensors online shows what these can sense.
6. Occupied follows the newest evidence: people above 0, or motion that is newer than the newest count.
7. People counted by presence sensors and estimates from traffic never mix: one primary source stands for a space.
8. Each crossing counts once: entries and exits today are the polled totals plus the crossings since, in the site's day.
9. Motion is unknown until it is first reported; it is never invented.
10. Nothing that was received before a restart is shown as live after it.

Rules 1, 2, 3, 8, 9 and 10 are applied to readings in `evidence.py`; rules 4 to 7 are decided here. Rule 7 also says
that a floor is occupied if any of its rooms or zones is, a building if any floor is, and that the people of a building
are the sum over its floors. `Estate.primary_source` names the primary source of a space.
"""

from ..api.estate import PrimarySource
from .confidence import StaleAfter, doubts, rate, stale_at
from .space import GONE, Confidence, Level, SpaceNode, SpaceState


def compute_state(node: SpaceNode, limits: StaleAfter, now: float) -> SpaceState:
    """Return the state of a space from its evidence and from the sums over its children."""
    evidence, sums = node.evidence, node.sums
    node.deadline = evidence.deadline(now)
    stale = stale_at(node, limits)
    if stale is not None and now < stale < node.deadline:
        node.deadline = stale
    if not node.confirmed:
        return GONE
    people, incomplete = evidence.people(now), False
    if node.level is Level.BUILDING:
        people = sums.people if sums.counted else None
        incomplete = 0 < sums.counted < sums.counters
    estimate = entries = exits = day = None
    if evidence.traffic:
        evidence.roll(now)
        estimate, day = evidence.estimate(now), evidence.day.start
        entries, exits = evidence.crossed() or (None, None)
    available = is_available(node, now)
    count = estimate if node.source is PrimarySource.TRAFFIC else people
    occupied = is_occupied(node, people, estimate)
    confidence = Confidence.UNKNOWN
    if available and occupied is not None:
        confidence = rate(doubts(node, count, stale, incomplete=incomplete, now=now))
    # By position, in the order of the fields: keywords cost a tenth of a push.
    return SpaceState(
        available,
        node.doors_online and evidence.traffic_fresh(now),
        people,
        estimate,
        count,
        occupied,
        evidence.motion,
        entries,
        exits,
        day,
        sums.rooms_free if sums.rooms_known else None,
        incomplete,
        confidence,
    )


def is_available(node: SpaceNode, now: float) -> bool:
    """Return whether a space is available (rules 4 and 5); one without sensors always is."""
    evidence, sums = node.evidence, node.sums
    if node.level is Level.BUILDING:
        return sums.available > 0 or not sums.children
    if not node.online:
        return False
    # Whether the space's own values are fresh; None if it has none. A push of motion keeps them fresh, as a count does.
    own: bool | None = None
    if node.source is PrimarySource.PRESENCE or evidence.motion is not None:
        own = evidence.counts_fresh(now)
    if node.source is PrimarySource.TRAFFIC:
        own = bool(own) or evidence.traffic_fresh(now)
    if node.level is Level.FLOOR:
        return bool(own or sums.available) or (own is None and not sums.children)
    return own is not False


def is_occupied(node: SpaceNode, people: int | None, estimate: int | None) -> bool | None:
    """Return whether a space is occupied: one of its children is, or its own evidence says so (rules 6 and 7)."""
    sums = node.sums
    if sums.occupied:
        return True
    own = None if node.level is Level.BUILDING else is_occupied_itself(node, people, estimate)
    if own is None and sums.empty and not sums.unknown:
        return False
    return own


def is_occupied_itself(node: SpaceNode, people: int | None, estimate: int | None) -> bool | None:
    """Return occupancy from the space's own evidence: the primary count, or motion that is newer (rule 6)."""
    evidence = node.evidence
    if node.source is PrimarySource.TRAFFIC:
        count, timestamp = estimate, evidence.estimate_timestamp
    else:
        count, timestamp = people, evidence.people_timestamp
    occupied = None if count is None else count > 0
    if evidence.motion is not None and evidence.motion_timestamp > timestamp:
        return evidence.motion or bool(occupied)
    return occupied


def empty_since(node: SpaceNode, now: float) -> float | None:
    """Return the time since which a space's own sensors have verifiably seen nobody; None if they do not know that.

    Nothing is guessed: it is the latest of the first zero, the end of the last motion and the last crossing.
    """
    evidence = node.evidence
    people, estimate = evidence.people(now), evidence.estimate(now)
    if is_occupied_itself(node, people, estimate) is not False:
        return None
    # Who passes a door was there, also where people are counted.
    timestamps = [evidence.motion_timestamp, evidence.crossed_at]
    if node.source is PrimarySource.TRAFFIC:
        if estimate is not None:
            timestamps.append(evidence.estimate_zero_since)
    elif people is not None:
        timestamps.append(evidence.people_zero_since)
    return min(max(timestamps), now)
