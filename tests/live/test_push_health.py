"""When pushes are relied on, when they become suspect, and when they are verified again."""

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.events import OCCUPANCY_TYPES, EventType
from custom_components.butlr.live.push_health import MAX_BACKOFF, MIN_BACKOFF, NOTIFY_AFTER, PushHealth
from tests.helpers.live import NOON, Clock

ROOM, ZONE, FLOOR = EventType.ROOM_OCCUPANCY, EventType.ZONE_OCCUPANCY, EventType.FLOOR_OCCUPANCY
TRAFFIC, MOTION = EventType.TRAFFIC, EventType.PIR_MOTION


class SteppedHealth(PushHealth):
    """A PushHealth with a clock and polls that tests move."""

    def __init__(self) -> None:
        """Subscribe to all event types at noon."""
        self.clock = Clock()
        super().__init__(self.clock)
        self.subscribe(EventType)

    def after(self, seconds: float) -> SteppedHealth:
        """Let time pass."""
        self.clock.now += seconds
        return self

    def poll(self, *missed: tuple[EventType, float], types: tuple[EventType, ...] = OCCUPANCY_TYPES) -> None:
        """Poll now, and find pushes missed, each with the time when it was due."""
        start = self.clock.now
        self.after(1)
        for event_type, due in missed:
            self.record_missed(event_type, due)
        self.record_poll(types, start)

    def poll_missing(self, *types: EventType) -> None:
        """Poll now, and find a push of each type missed that was due five minutes ago."""
        self.poll(*((event_type, self.clock.now - 300) for event_type in types))


@pytest.fixture
def health() -> SteppedHealth:
    """Return a health that waits for its first event."""
    return SteppedHealth()


@pytest.fixture
def verified(health: SteppedHealth) -> SteppedHealth:
    """Return a health that received an event of every type a minute after noon."""
    health.after(60)
    for event_type in EventType:
        health.record_push(event_type)
    return health


# -- verified ---------------------------------------------------------------------------------------------------------


def test_an_event_verifies_pushes(health: SteppedHealth) -> None:
    """A poll does not, an event of a subscribed type does."""
    health.poll()
    assert not health.verified
    health.record_push(MOTION)
    assert health.verified
    assert health.subscribed == set(EventType)


def test_an_unsubscribed_type_verifies_nothing(health: SteppedHealth) -> None:
    """Its event may come from a webhook that is not ours."""
    health.subscribe({ROOM})
    health.record_push(MOTION)
    assert not health.verified


def test_without_a_subscription_nothing_is_missed(health: SteppedHealth) -> None:
    """Events and polls change nothing."""
    health.subscribe(())
    health.record_push(ROOM)
    health.record_missed(ROOM, NOON + 1)
    health.record_poll(OCCUPANCY_TYPES, NOON)
    assert not health.verified
    assert not health.suspect


def test_a_new_subscription_must_be_verified(verified: SteppedHealth) -> None:
    """It may have another URL or other types."""
    verified.subscribe(EventType)
    assert not verified.verified


def test_a_new_subscription_is_not_suspect(verified: SteppedHealth) -> None:
    """What was missed before does not count."""
    verified.after(600).poll_missing(ZONE)
    assert verified.suspect
    verified.subscribe(EventType)
    assert not verified.suspect


# -- suspect ----------------------------------------------------------------------------------------------------------


def test_polls_that_agree_change_nothing(verified: SteppedHealth) -> None:
    """A building may be quiet for hours."""
    for _ in range(100):
        verified.after(300).poll()
    assert verified.verified


def test_a_missed_push_without_later_events_is_suspect(verified: SteppedHealth) -> None:
    """One is enough if nothing of its type has arrived since it was due."""
    verified.after(600).poll_missing(ROOM)
    assert not verified.verified
    assert verified.suspect


def test_changes_before_the_subscription_are_not_missed(verified: SteppedHealth) -> None:
    """Nobody had to push them."""
    verified.poll((ROOM, NOON - 1))
    assert verified.verified


def test_a_single_missed_push_among_others_is_tolerated(verified: SteppedHealth) -> None:
    """While events of the type arrive, it is only counted."""
    due = verified.clock.now
    verified.after(200).record_push(ROOM)
    verified.after(100).poll((ROOM, due))
    assert verified.verified


def test_a_second_missed_push_is_suspect(verified: SteppedHealth) -> None:
    """In two consecutive polls, that is too large a share."""
    due = verified.clock.now
    verified.after(200).record_push(ROOM)
    verified.after(100).poll((ROOM, due))
    verified.after(300).record_push(ROOM)
    verified.poll((ROOM, due + 300))
    assert not verified.verified


def test_a_poll_that_agrees_resets_the_count(verified: SteppedHealth) -> None:
    """Pushes that are missed now and then are accidents."""
    for _ in range(5):
        due = verified.clock.now
        verified.after(200).record_push(ROOM)
        verified.after(100).poll((ROOM, due))
        verified.after(300).poll()
    assert verified.verified


@pytest.mark.parametrize(("missed", "expected"), [(5, True), (6, False)])
def test_a_small_share_is_tolerated(verified: SteppedHealth, missed: int, expected: bool) -> None:
    """Of a hundred events between two polls, five may be missed."""
    due = verified.clock.now
    verified.after(10)
    for _ in range(99):
        verified.record_push(ROOM)
    verified.after(290).poll(*[(ROOM, due)] * missed)
    assert verified.verified is expected


def test_each_type_is_judged_separately(verified: SteppedHealth) -> None:
    """Many events of one type do not hide that another has stopped."""
    due = verified.after(10).clock.now
    verified.after(190)
    for _ in range(1000):
        verified.record_push(ZONE)
    verified.after(100).poll((ROOM, due))
    assert not verified.verified


def test_a_poll_judges_only_its_own_types(verified: SteppedHealth) -> None:
    """The occupancy poll says nothing about crossings."""
    due = verified.clock.now
    verified.after(300).poll((TRAFFIC, due))
    assert verified.verified
    verified.poll((TRAFFIC, due), types=(TRAFFIC,))
    assert not verified.verified


def test_pushes_that_were_never_verified_can_be_suspect(health: SteppedHealth) -> None:
    """That is how a URL that Butlr cannot reach is noticed."""
    health.after(600).poll_missing(ROOM, ZONE)
    assert health.suspect
    health.after(NOTIFY_AFTER).poll()
    assert health.should_notify


# -- verified again ---------------------------------------------------------------------------------------------------


def test_events_and_polls_verify_pushes_again(verified: SteppedHealth) -> None:
    """Polls alone do not, nor events of another type, nor an event before the next poll."""
    verified.after(600).poll_missing(ROOM)
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


def test_verifying_again_takes_some_minutes(verified: SteppedHealth) -> None:
    """A poll right after a missed push cannot know what the next one will find."""
    verified.after(600).poll_missing(ROOM)
    verified.after(1).record_push(ROOM)
    verified.after(60).poll()
    assert not verified.verified
    verified.after(MIN_BACKOFF).poll()
    assert verified.verified


def minutes_until_verified(health: SteppedHealth) -> int:
    """Miss a push, and return how many minutes it takes until pushes are verified again."""
    health.poll_missing(ROOM)
    minutes = 0
    while not health.verified:
        minutes += 1
        health.record_push(ROOM)
        health.after(60).poll()
    health.after(600)
    return minutes


def test_the_back_off_grows(verified: SteppedHealth) -> None:
    """So that a connection that loses a lot does not switch the mode all the time."""
    verified.after(600)
    needed = [minutes_until_verified(verified) for _ in range(7)]
    assert needed == sorted(needed)
    assert needed[0] <= MIN_BACKOFF / 60 + 1
    assert needed[1] > 1.5 * needed[0]
    assert needed[-1] <= MAX_BACKOFF / 60 + 1


def test_the_back_off_starts_over_after_a_good_hour(verified: SteppedHealth) -> None:
    """It is as short as the first time."""
    verified.after(600)
    first, *_ = [minutes_until_verified(verified) for _ in range(3)]
    verified.after(7200)
    assert minutes_until_verified(verified) == first


# -- notifying the user -----------------------------------------------------------------------------------------------


def test_lasting_suspicion_is_reported(verified: SteppedHealth) -> None:
    """After half an hour."""
    verified.after(600).poll_missing(ROOM, FLOOR)
    assert not verified.should_notify
    verified.after(NOTIFY_AFTER - 10).poll()
    assert not verified.should_notify
    verified.after(20).poll()
    assert verified.should_notify


def test_the_report_ends_with_the_suspicion(verified: SteppedHealth) -> None:
    """As soon as pushes are verified again."""
    verified.after(600).poll_missing(ROOM, FLOOR)
    verified.after(NOTIFY_AFTER + 10).poll()
    verified.record_push(ROOM)
    verified.record_push(FLOOR)
    verified.poll()
    assert not verified.should_notify
    assert verified.verified


def test_a_single_missed_push_is_not_reported(verified: SteppedHealth) -> None:
    """However long the building is quiet after it; a second one is."""
    verified.after(600).poll_missing(ROOM)
    verified.after(2 * NOTIFY_AFTER).poll()
    assert not verified.should_notify
    verified.poll_missing(ROOM)
    assert verified.should_notify


# -- always -----------------------------------------------------------------------------------------------------------


_STEPS = st.lists(
    st.tuples(st.sampled_from(["push", "miss", "poll", "wait", "subscribe"]), st.sampled_from([ROOM, ZONE, TRAFFIC])),
    max_size=60,
)


@given(_STEPS)
def test_the_properties_never_contradict_each_other(steps: list[tuple[str, EventType]]) -> None:
    """Verified excludes suspect and needs an event; only suspect pushes are reported."""
    health = SteppedHealth()
    received = False
    for step, event_type in steps:
        match step:
            case "push":
                health.record_push(event_type)
                received = True
            case "miss":
                health.poll((event_type, health.clock.now - 200), types=(event_type,))
            case "poll":
                health.poll(types=(event_type,))
            case "wait":
                health.after(700)
            case _:
                health.subscribe(EventType)
                received = False
        assert not (health.verified and health.suspect)
        assert received or not health.verified
        assert health.suspect or not health.should_notify
