"""A host whose clock is wrong: every value is right by Butlr's clock, and the wrong clock is reported."""

from collections.abc import AsyncIterator
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import DOMAIN
from custom_components.butlr.issues.host_clock import format_duration
from custom_components.butlr.issues.issue import Issue, issue_id
from tests.conftest import Http, SetUp, choose, pass_time
from tests.helpers.registries import find
from tests.helpers.states import entity_of, mismatches, state_of
from tests.simulator import Simulator

MINUTE = 60.0


@pytest.fixture
def wrong() -> float:
    """Return how many seconds the host's clock is behind; tests override it."""
    return 0.0


@pytest.fixture
async def simulator(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, wrong: float, socket_enabled: None
) -> AsyncIterator[Simulator]:
    """Run a cloud at noon whose clock is right, while the host's clock is wrong."""
    freezer.move_to("2026-11-25T11:00:00Z")
    simulator = Simulator(fallback_timezone=hass.config.time_zone)
    simulator.clock_shift = wrong
    await simulator.start(port=0)
    yield simulator
    await simulator.stop()


def reported(hass: HomeAssistant, entry: MockConfigEntry) -> dict[Issue, str]:
    """Return the issues about the clock, with the difference that each one shows."""
    issues = ir.async_get(hass).issues
    found = {issue: issues.get((DOMAIN, issue_id(entry, issue))) for issue in (Issue.CLOCK_BEHIND, Issue.CLOCK_AHEAD)}
    return {
        issue: one.translation_placeholders["difference"]
        for issue, one in found.items()
        if one and one.translation_placeholders
    }


def unknown(hass: HomeAssistant, simulator: Simulator) -> list[str]:
    """Return the spaces whose people are unknown although they could be known."""
    truth = simulator.truth()["spaces"]
    spaces = [one for one, figures in truth.items() if figures["people"] is not None and figures["available"]]
    return [one for one in spaces if state_of(hass, one, "people") in (STATE_UNKNOWN, STATE_UNAVAILABLE, None)]


# More than a day, more than any value is kept, and just enough to be reported.
WRONG = [-26 * 60 * MINUTE, -20 * MINUTE, -121.0, 121.0, 20 * MINUTE, 26 * 60 * MINUTE]


@pytest.mark.parametrize("wrong", [*WRONG, -6.0, 0.0, 100.0])
async def test_every_value_is_right(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    wrong: float,
) -> None:
    """By polling alone: at set-up, when people leave, and an hour later."""
    boardroom, cafe = find(simulator, "Boardroom"), find(simulator, "Harbour Café")
    people = [await simulator.move(to=boardroom) for _ in range(2)]
    guest = await simulator.move(to=cafe)
    freezer.tick(120)
    await set_up()
    assert mismatches(hass, simulator) == []
    assert state_of(hass, boardroom, "people") == "2"
    for person in (*people, guest):
        await simulator.move(person=person)
    for _ in range(6):
        await pass_time(hass, freezer, 61)
    assert mismatches(hass, simulator) == []
    assert state_of(hass, boardroom, "people") == "0"
    for _ in range(30):
        await pass_time(hass, freezer, 122)
    assert unknown(hass, simulator) == []
    assert mismatches(hass, simulator) == []
    assert bool(reported(hass, entry)) is (abs(wrong) >= 120)


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_pushed_zero_is_kept(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    reachable: Http,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The push shows immediately, and no poll replaces it by an older count."""
    boardroom = find(simulator, "Boardroom")
    people = [await simulator.move(to=boardroom) for _ in range(2)]
    freezer.tick(300)
    await set_up()
    for _ in range(5):
        await pass_time(hass, freezer, 61)
    assert state_of(hass, boardroom, "people") == "2"
    for person in people:
        await simulator.move(person=person)
    await hass.async_block_till_done()
    for _ in range(15):
        assert (state_of(hass, boardroom, "people"), state_of(hass, boardroom, "occupancy")) == ("0", "off")
        assert mismatches(hass, simulator) == []
        await pass_time(hass, freezer, 14)


@pytest.mark.parametrize("wrong", [-20 * MINUTE, 20 * MINUTE])
async def test_a_restart_shows_current_counts(
    hass: HomeAssistant, simulator: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The first counts are those of the current time at Butlr, not of the host's time."""
    boardroom = find(simulator, "Boardroom")
    people = [await simulator.move(to=boardroom) for _ in range(2)]
    freezer.tick(15 * MINUTE)
    for person in people:
        await simulator.move(person=person)
    freezer.tick(10 * MINUTE)
    await set_up()
    assert state_of(hass, boardroom, "people") == "0"
    assert mismatches(hass, simulator) == []


@pytest.mark.parametrize(
    ("wrong", "issue", "difference"),
    [
        (240.0, Issue.CLOCK_BEHIND, "4 min"),
        (-240.0, Issue.CLOCK_AHEAD, "4 min"),
        (-3900.0, Issue.CLOCK_AHEAD, "1 h 5 min"),
    ],
)
async def test_a_wrong_clock_is_reported(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp, issue: Issue, difference: str
) -> None:
    """With the direction and the difference."""
    await set_up()
    assert reported(hass, entry) == {issue: difference}


@pytest.mark.parametrize("wrong", [240.0])
async def test_the_issue_follows_the_clock(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """It changes with the direction, and is deleted once the error is small."""
    await set_up()
    simulator.clock_shift = -240.0
    await pass_time(hass, freezer, 61)
    assert reported(hass, entry).keys() == {Issue.CLOCK_AHEAD}
    simulator.clock_shift = 100.0
    await pass_time(hass, freezer, 61)
    assert reported(hass, entry) == {}


async def test_a_clock_that_was_changed_while_unloaded(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp
) -> None:
    """It is noticed when the entry is set up again."""
    await set_up()
    assert reported(hass, entry) == {}
    await hass.config_entries.async_unload(entry.entry_id)
    simulator.clock_shift = 500.0
    await set_up()
    assert reported(hass, entry) == {Issue.CLOCK_BEHIND: "8 min"}


async def test_a_clock_that_changes_while_running(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """No state is written, let alone as unavailable."""
    boardroom = find(simulator, "Boardroom")
    await simulator.move(to=boardroom)
    freezer.tick(120)
    await set_up()
    people = entity_of(hass, boardroom, "people")
    assert people
    written: list[str] = []
    hass.bus.async_listen("state_changed", lambda event: written.append(event.data["entity_id"]))
    simulator.clock_shift = 1200.0
    await pass_time(hass, freezer, 61)
    assert people not in written
    assert mismatches(hass, simulator) == []


async def test_values_expire_as_usual_after_a_change_of_the_clock(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The clock was ahead for a while; then the cloud fails: a count is shown for ten more minutes, not for thirty."""
    boardroom = find(simulator, "Boardroom")
    await simulator.move(to=boardroom)
    freezer.tick(120)
    await set_up()
    simulator.clock_shift = 1200.0
    await pass_time(hass, freezer, 61)
    simulator.clock_shift = 0.0
    for _ in range(2):
        await pass_time(hass, freezer, 61)
    for endpoint in ("login", "graphql", "reporting"):
        simulator.faults.set(endpoint, "drop")
    for _ in range(9):
        await pass_time(hass, freezer, 61)
    assert state_of(hass, boardroom, "people") == "1"
    for _ in range(2):
        await pass_time(hass, freezer, 61)
    assert state_of(hass, boardroom, "people") == STATE_UNAVAILABLE


async def test_on_demand_values_are_kept(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """They expire no sooner when the time at Butlr turns out to be later."""
    await set_up()
    boardroom = find(simulator, "Boardroom")
    for key in ("time_occupied_today", "peak_today"):
        entity_id = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{boardroom}_{key}")
        assert entity_id
        er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    # Home Assistant reloads the entry after entities were enabled.
    await pass_time(hass, freezer, 31)
    await pass_time(hass, freezer, 5)
    before = state_of(hass, boardroom, "time_occupied_today")
    assert before not in (None, STATE_UNKNOWN)
    simulator.clock_shift = 3 * 3600.0
    await pass_time(hass, freezer, 61)
    assert state_of(hass, boardroom, "time_occupied_today") == before
    assert not entry.runtime_data.today.failing


@pytest.mark.parametrize("wrong", [300.0])
async def test_the_issue_survives_a_change_of_options(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp
) -> None:
    """It exists as long as the clock is wrong, and is deleted with the entry."""
    await set_up()
    await choose(hass, entry, labels=True)
    assert reported(hass, entry) == {Issue.CLOCK_BEHIND: "5 min"}
    await hass.config_entries.async_remove(entry.entry_id)
    assert reported(hass, entry) == {}


async def test_answers_without_a_date(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp
) -> None:
    """The cloud is then assumed to have the host's time."""
    with patch("tests.simulator.web.formatdate", return_value=""):
        await set_up()
    assert mismatches(hass, simulator) == []
    assert reported(hass, entry) == {}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(121, "2 min"), (3600, "1 h"), (3660, "1 h 1 min"), (86400, "1 d"), (90061, "1 d 1 h 1 min")],
)
def test_durations(seconds: float, text: str) -> None:
    """They are shown to the minute."""
    assert format_duration(seconds) == text
