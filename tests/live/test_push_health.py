"""When pushes are relied on, when no longer, and when again: events and polls held against each other."""

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.events import OCCUPANCY_TYPES, EventType
from custom_components.butlr.live.push_health import MAX_BACKOFF, MIN_BACKOFF, NOTIFY_AFTER, PushHealth
from tests.live.test_rules import NOON, Clock

ROOM, ZONE, FLOOR = EventType.ROOM_OCCUPANCY, EventType.ZONE_OCCUPANCY, EventType.FLOOR_OCCUPANCY
TRAFFIC, MOTION = EventType.TRAFFIC, EventType.PIR_MOTION


class SteppedHealth(PushHealth):
    """A health whose clock and polls are moved by hand."""

    def __init__(self) -> None:
        """Subscribe to everything at noon."""
        self.clock = Clock()
        super().__init__(self.clock)
        self.subscribe(EventType)

    def after(self, seconds: float) -> SteppedHealth:
        """Let time pass."""
        self.clock.now += seconds
        return self

    def poll(self, *missed: tuple[EventType, float], types: tuple[EventType, ...] = OCCUPANCY_TYPES) -> None:
        """Poll now and find pushes missing, each since a moment."""
        begun = self.clock.now
        self.after(1)
        for kind, since in missed:
            self.record_missed(kind, since)
        self.record_poll(types, begun)


@pytest.fixture
def health() -> SteppedHealth:
    """Return a health that waits for its first event."""
    return SteppedHealth()


@pytest.fixture
def verified(health: SteppedHealth) -> SteppedHealth:
    """Return a health that has heard of everything a minute after noon."""
    health.after(60)
    for kind in EventType:
        health.record_push(kind)
    return health


def test_an_event_proves(health: SteppedHealth) -> None:
    """Nothing is verified before an event of a subscribed type came; then it is, at once."""
    health.poll()
    assert not health.verified
    health.record_push(MOTION)
    assert health.verified
    assert health.subscribed == set(EventType)


def test_what_is_not_subscribed_proves_nothing(health: SteppedHealth) -> None:
    """An event of another type may come by a webhook that is not ours."""
    health.subscribe({ROOM})
    health.record_push(MOTION)
    assert not health.verified
    health.subscribe(())
    health.record_push(ROOM)
    health.record_missed(ROOM, NOON + 1)
    health.record_poll(OCCUPANCY_TYPES, NOON)
    assert not health.verified
    assert not health.suspect


def test_a_new_subscription_must_prove_itself(verified: SteppedHealth) -> None:
    """What was verified before was about another address or other types; what was in doubt as well."""
    verified.subscribe(EventType)
    assert not verified.verified
    verified.record_push(ROOM)
    verified.after(600).poll((ZONE, verified.clock.now - 300))
    assert verified.suspect
    verified.subscribe(EventType)
    assert not verified.suspect


def test_polls_that_agree_leave_the_proof_alone(verified: SteppedHealth) -> None:
    """Silence alone says nothing: a house may be still."""
    for _ in range(100):
        verified.after(300).poll()
    assert verified.verified


def test_silence_while_values_change_ends_it(verified: SteppedHealth) -> None:
    """One value that should have been pushed, and nothing of its type since: that is enough."""
    verified.after(600).poll((ROOM, verified.clock.now - 300))
    assert not verified.verified
    assert verified.suspect


def test_before_the_subscription_nothing_was_owed(verified: SteppedHealth) -> None:
    """What changed before nobody had to push."""
    verified.poll((ROOM, NOON - 1))
    assert verified.verified


def test_one_event_lost_among_others_is_mended_by_the_poll(verified: SteppedHealth) -> None:
    """While events of the type arrive, a single miss is only counted."""
    since = verified.clock.now
    verified.after(200).record_push(ROOM)
    verified.after(100).poll((ROOM, since))
    assert verified.verified


def test_a_second_miss_ends_it(verified: SteppedHealth) -> None:
    """In the same poll or in the next, a share grows that is more than chance."""
    since = verified.clock.now
    verified.after(200).record_push(ROOM)
    verified.after(100).poll((ROOM, since))
    verified.after(300).record_push(ROOM)
    verified.poll((ROOM, since + 300))
    assert not verified.verified


def test_a_poll_in_between_that_agrees_forgives(verified: SteppedHealth) -> None:
    """Two misses far apart are two accidents."""
    for _ in range(5):
        since = verified.clock.now
        verified.after(200).record_push(ROOM)
        verified.after(100).poll((ROOM, since))
        verified.after(300).poll()
    assert verified.verified


@pytest.mark.parametrize(("missed", "expected"), [(5, True), (6, False)])
def test_of_many_a_few_may_be_lost(verified: SteppedHealth, missed: int, expected: bool) -> None:
    """Where a hundred events of a type came between two polls, up to one in twenty may be missing."""
    since = verified.clock.now
    verified.after(10)
    for _ in range(99):
        verified.record_push(ROOM)
    verified.after(290).poll(*[(ROOM, since)] * missed)
    assert verified.verified is expected


def test_types_are_judged_apart(verified: SteppedHealth) -> None:
    """A lively type does not speak for one that fell silent."""
    since = verified.after(10).clock.now
    verified.after(190)
    for _ in range(1000):
        verified.record_push(ZONE)
    verified.after(100).poll((ROOM, since))
    assert not verified.verified


def test_a_poll_judges_what_it_is_about(verified: SteppedHealth) -> None:
    """The poll of people says nothing about crossings, and the other way round."""
    since = verified.clock.now
    verified.after(300).poll((TRAFFIC, since))
    assert verified.verified
    verified.poll((TRAFFIC, since), types=(TRAFFIC,))
    assert not verified.verified


def test_trust_comes_back_with_events_and_polls_that_agree(verified: SteppedHealth) -> None:
    """Either alone is not enough."""
    verified.after(600).poll((ROOM, verified.clock.now - 300))
    for _ in range(20):
        verified.after(60).poll()
    assert not verified.verified
    verified.record_push(ZONE)
    verified.poll()
    assert not verified.verified
    verified.record_push(ROOM)
    assert not verified.verified
    verified.poll()
    assert verified.verified


def test_trust_needs_some_minutes(verified: SteppedHealth) -> None:
    """A poll right after a miss cannot know yet what the next one will miss."""
    verified.after(600).poll((ROOM, verified.clock.now - 300))
    verified.after(1).record_push(ROOM)
    verified.after(60).poll()
    assert not verified.verified
    verified.after(MIN_BACKOFF).poll()
    assert verified.verified


def test_trust_that_does_not_last_needs_longer_each_time(verified: SteppedHealth) -> None:
    """A link that loses much does not make the mode flap for ever; one that held for an hour begins anew."""

    def minutes_to_trust() -> int:
        verified.poll((ROOM, verified.clock.now - 300))
        minutes = 0
        while not verified.verified:
            minutes += 1
            verified.record_push(ROOM)
            verified.after(60).poll()
        verified.after(600)
        return minutes

    verified.after(600)
    needed = [minutes_to_trust() for _ in range(7)]
    assert needed == sorted(needed)
    assert needed[0] <= MIN_BACKOFF / 60 + 1
    assert needed[1] > 1.5 * needed[0]
    assert needed[-1] <= MAX_BACKOFF / 60 + 1
    verified.after(7200)
    assert minutes_to_trust() == needed[0]


def test_what_lasts_is_worth_telling(verified: SteppedHealth) -> None:
    """After half an hour, if more than one push is missing."""
    verified.after(600).poll((ROOM, verified.clock.now - 300), (FLOOR, verified.clock.now - 300))
    assert not verified.should_notify
    verified.after(NOTIFY_AFTER - 10).poll()
    assert not verified.should_notify
    verified.after(20).poll()
    assert verified.should_notify
    verified.record_push(ROOM)
    verified.record_push(FLOOR)
    verified.poll()
    assert not verified.should_notify
    assert verified.verified


def test_one_lost_event_is_no_outage(verified: SteppedHealth) -> None:
    """If the house falls silent after it, nobody is alarmed; with the next miss it is told."""
    verified.after(600).poll((ROOM, verified.clock.now - 300))
    verified.after(2 * NOTIFY_AFTER).poll()
    assert not verified.should_notify
    verified.poll((ROOM, verified.clock.now - 300))
    assert verified.should_notify


def test_never_proven_can_be_in_doubt_too(health: SteppedHealth) -> None:
    """A webhook whose address nobody reaches from outside is found out by the polls."""
    health.after(600).poll((ROOM, health.clock.now - 300), (ZONE, health.clock.now - 300))
    assert health.suspect
    health.after(NOTIFY_AFTER).poll()
    assert health.should_notify


_STEPS = st.lists(
    st.tuples(st.sampled_from(["hear", "miss", "poll", "wait", "subscribe"]), st.sampled_from([ROOM, ZONE, TRAFFIC])),
    max_size=60,
)


@given(_STEPS)
def test_whatever_happens(steps: list[tuple[str, EventType]]) -> None:
    """Proven and in doubt exclude each other, nothing is verified unheard, and nothing is told that is not in doubt."""
    health = SteppedHealth()
    heard = False
    for what, kind in steps:
        match what:
            case "hear":
                health.record_push(kind)
                heard = True
            case "miss":
                health.poll((kind, health.clock.now - 200), types=(kind,))
            case "poll":
                health.poll(types=(kind,))
            case "wait":
                health.after(700)
            case _:
                health.subscribe(EventType)
                heard = False
        assert not (health.verified and health.suspect)
        assert heard or not health.verified
        assert health.suspect or not health.should_notify
