"""When pushes are relied on, when no longer, and when again: events and polls held against each other."""

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.events import OCCUPANCY_TYPES, EventType
from custom_components.butlr.live.push_health import LONGEST_PATIENCE, PATIENCE, WORTH_TELLING, PushHealth
from tests.live.test_rules import NOON, Clock

ROOM, ZONE, FLOOR = EventType.ROOM_OCCUPANCY, EventType.ZONE_OCCUPANCY, EventType.FLOOR_OCCUPANCY
TRAFFIC, MOTION = EventType.TRAFFIC, EventType.PIR_MOTION


class Witnessed(PushHealth):
    """A proof whose clock and polls are moved by hand."""

    def __init__(self) -> None:
        """Subscribe to everything at noon."""
        self.clock = Clock()
        super().__init__(self.clock)
        self.subscribe(EventType)

    def after(self, seconds: float) -> Witnessed:
        """Let time pass."""
        self.clock.now += seconds
        return self

    def poll(self, *missed: tuple[EventType, float], types: tuple[EventType, ...] = OCCUPANCY_TYPES) -> None:
        """Poll now and find pushes missing, each since a moment."""
        begun = self.clock.now
        self.after(1)
        for kind, since in missed:
            self.missed(kind, since)
        self.polled(types, begun)


@pytest.fixture
def proof() -> Witnessed:
    """Return a proof that waits for its first event."""
    return Witnessed()


@pytest.fixture
def proven(proof: Witnessed) -> Witnessed:
    """Return a proof that has heard of everything a minute after noon."""
    proof.after(60)
    for kind in EventType:
        proof.heard(kind)
    return proof


def test_an_event_proves(proof: Witnessed) -> None:
    """Nothing is proven before an event of a subscribed type came; then it is, at once."""
    proof.poll()
    assert not proof.proven
    proof.heard(MOTION)
    assert proof.proven
    assert proof.subscribed == set(EventType)


def test_what_is_not_subscribed_proves_nothing(proof: Witnessed) -> None:
    """An event of another type may come by a webhook that is not ours."""
    proof.subscribe({ROOM})
    proof.heard(MOTION)
    assert not proof.proven
    proof.subscribe(())
    proof.heard(ROOM)
    proof.missed(ROOM, NOON + 1)
    proof.polled(OCCUPANCY_TYPES, NOON)
    assert not proof.proven
    assert not proof.in_doubt


def test_a_new_subscription_must_prove_itself(proven: Witnessed) -> None:
    """What was proven before was about another address or other types; what was in doubt as well."""
    proven.subscribe(EventType)
    assert not proven.proven
    proven.heard(ROOM)
    proven.after(600).poll((ZONE, proven.clock.now - 300))
    assert proven.in_doubt
    proven.subscribe(EventType)
    assert not proven.in_doubt


def test_polls_that_agree_leave_the_proof_alone(proven: Witnessed) -> None:
    """Silence alone says nothing: a house may be still."""
    for _ in range(100):
        proven.after(300).poll()
    assert proven.proven


def test_silence_while_values_change_ends_it(proven: Witnessed) -> None:
    """One value that should have been pushed, and nothing of its type since: that is enough."""
    proven.after(600).poll((ROOM, proven.clock.now - 300))
    assert not proven.proven
    assert proven.in_doubt


def test_before_the_subscription_nothing_was_owed(proven: Witnessed) -> None:
    """What changed before nobody had to push."""
    proven.poll((ROOM, NOON - 1))
    assert proven.proven


def test_one_event_lost_among_others_is_mended_by_the_poll(proven: Witnessed) -> None:
    """While events of the type arrive, a single miss is only counted."""
    since = proven.clock.now
    proven.after(200).heard(ROOM)
    proven.after(100).poll((ROOM, since))
    assert proven.proven


def test_a_second_miss_ends_it(proven: Witnessed) -> None:
    """In the same poll or in the next, a share grows that is more than chance."""
    since = proven.clock.now
    proven.after(200).heard(ROOM)
    proven.after(100).poll((ROOM, since))
    proven.after(300).heard(ROOM)
    proven.poll((ROOM, since + 300))
    assert not proven.proven


def test_a_poll_in_between_that_agrees_forgives(proven: Witnessed) -> None:
    """Two misses far apart are two accidents."""
    for _ in range(5):
        since = proven.clock.now
        proven.after(200).heard(ROOM)
        proven.after(100).poll((ROOM, since))
        proven.after(300).poll()
    assert proven.proven


@pytest.mark.parametrize(("missed", "expected"), [(5, True), (6, False)])
def test_of_many_a_few_may_be_lost(proven: Witnessed, missed: int, expected: bool) -> None:
    """Where a hundred events of a type came between two polls, up to one in twenty may be missing."""
    since = proven.clock.now
    proven.after(10)
    for _ in range(99):
        proven.heard(ROOM)
    proven.after(290).poll(*[(ROOM, since)] * missed)
    assert proven.proven is expected


def test_types_are_judged_apart(proven: Witnessed) -> None:
    """A lively type does not speak for one that fell silent."""
    since = proven.after(10).clock.now
    proven.after(190)
    for _ in range(1000):
        proven.heard(ZONE)
    proven.after(100).poll((ROOM, since))
    assert not proven.proven


def test_a_poll_judges_what_it_is_about(proven: Witnessed) -> None:
    """The poll of people says nothing about crossings, and the other way round."""
    since = proven.clock.now
    proven.after(300).poll((TRAFFIC, since))
    assert proven.proven
    proven.poll((TRAFFIC, since), types=(TRAFFIC,))
    assert not proven.proven


def test_trust_comes_back_with_events_and_polls_that_agree(proven: Witnessed) -> None:
    """Either alone is not enough."""
    proven.after(600).poll((ROOM, proven.clock.now - 300))
    for _ in range(20):
        proven.after(60).poll()
    assert not proven.proven
    proven.heard(ZONE)
    proven.poll()
    assert not proven.proven
    proven.heard(ROOM)
    assert not proven.proven
    proven.poll()
    assert proven.proven


def test_trust_needs_some_minutes(proven: Witnessed) -> None:
    """A poll right after a miss cannot know yet what the next one will miss."""
    proven.after(600).poll((ROOM, proven.clock.now - 300))
    proven.after(1).heard(ROOM)
    proven.after(60).poll()
    assert not proven.proven
    proven.after(PATIENCE).poll()
    assert proven.proven


def test_trust_that_does_not_last_needs_longer_each_time(proven: Witnessed) -> None:
    """A link that loses much does not make the mode flap for ever; one that held for an hour begins anew."""

    def minutes_to_trust() -> int:
        proven.poll((ROOM, proven.clock.now - 300))
        minutes = 0
        while not proven.proven:
            minutes += 1
            proven.heard(ROOM)
            proven.after(60).poll()
        proven.after(600)
        return minutes

    proven.after(600)
    needed = [minutes_to_trust() for _ in range(7)]
    assert needed == sorted(needed)
    assert needed[0] <= PATIENCE / 60 + 1
    assert needed[1] > 1.5 * needed[0]
    assert needed[-1] <= LONGEST_PATIENCE / 60 + 1
    proven.after(7200)
    assert minutes_to_trust() == needed[0]


def test_what_lasts_is_worth_telling(proven: Witnessed) -> None:
    """After half an hour, if more than one push is missing."""
    proven.after(600).poll((ROOM, proven.clock.now - 300), (FLOOR, proven.clock.now - 300))
    assert not proven.worth_telling
    proven.after(WORTH_TELLING - 10).poll()
    assert not proven.worth_telling
    proven.after(20).poll()
    assert proven.worth_telling
    proven.heard(ROOM)
    proven.heard(FLOOR)
    proven.poll()
    assert not proven.worth_telling
    assert proven.proven


def test_one_lost_event_is_no_outage(proven: Witnessed) -> None:
    """If the house falls silent after it, nobody is alarmed; with the next miss it is told."""
    proven.after(600).poll((ROOM, proven.clock.now - 300))
    proven.after(2 * WORTH_TELLING).poll()
    assert not proven.worth_telling
    proven.poll((ROOM, proven.clock.now - 300))
    assert proven.worth_telling


def test_never_proven_can_be_in_doubt_too(proof: Witnessed) -> None:
    """A webhook whose address nobody reaches from outside is found out by the polls."""
    proof.after(600).poll((ROOM, proof.clock.now - 300), (ZONE, proof.clock.now - 300))
    assert proof.in_doubt
    proof.after(WORTH_TELLING).poll()
    assert proof.worth_telling


_STEPS = st.lists(
    st.tuples(st.sampled_from(["hear", "miss", "poll", "wait", "subscribe"]), st.sampled_from([ROOM, ZONE, TRAFFIC])),
    max_size=60,
)


@given(_STEPS)
def test_whatever_happens(steps: list[tuple[str, EventType]]) -> None:
    """Proven and in doubt exclude each other, nothing is proven unheard, and nothing is told that is not in doubt."""
    proof = Witnessed()
    heard = False
    for what, kind in steps:
        match what:
            case "hear":
                proof.heard(kind)
                heard = True
            case "miss":
                proof.poll((kind, proof.clock.now - 200), types=(kind,))
            case "poll":
                proof.poll(types=(kind,))
            case "wait":
                proof.after(700)
            case _:
                proof.subscribe(EventType)
                heard = False
        assert not (proof.proven and proof.in_doubt)
        assert heard or not proof.proven
        assert proof.in_doubt or not proof.worth_telling
