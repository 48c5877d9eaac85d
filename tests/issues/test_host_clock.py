"""A host whose clock is wrong: every figure is right by Butlr's clock, and a person is told."""

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
    """Return by how many seconds the host's clock is slow; a test overrides it."""
    return 0.0


@pytest.fixture
async def simulator(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, wrong: float, socket_enabled: None
) -> AsyncIterator[Simulator]:
    """Run a cloud whose clock is right, at noon, far from every midnight; the host's is not."""
    freezer.move_to("2026-11-25T11:00:00Z")
    simulator = Simulator(fallback_timezone=hass.config.time_zone)
    simulator.clock_shift = wrong
    await simulator.start(port=0)
    yield simulator
    await simulator.stop()


def told(hass: HomeAssistant, entry: MockConfigEntry) -> dict[Issue, str]:
    """Return which way the clock is told to be wrong, and by how much."""
    issues = ir.async_get(hass).issues
    found = {issue: issues.get((DOMAIN, issue_id(entry, issue))) for issue in (Issue.CLOCK_BEHIND, Issue.CLOCK_AHEAD)}
    return {
        issue: one.translation_placeholders["difference"]
        for issue, one in found.items()
        if one and one.translation_placeholders
    }


def unknown(hass: HomeAssistant, simulator: Simulator) -> list[str]:
    """Return the people that nobody knows of spaces of which they could be known."""
    truth = simulator.truth()["spaces"]
    spaces = [one for one, figures in truth.items() if figures["people"] is not None and figures["available"]]
    return [one for one in spaces if state_of(hass, one, "people") in (STATE_UNKNOWN, STATE_UNAVAILABLE, None)]


WRONG = [-26 * 60 * MINUTE, -20 * MINUTE, -4 * MINUTE, -121.0, 121.0, 4 * MINUTE, 20 * MINUTE, 26 * 60 * MINUTE]


@pytest.mark.parametrize("wrong", [*WRONG, -6.0, 0.0, 6.0, 100.0])
async def test_every_figure_is_right(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    wrong: float,
) -> None:
    """By polls alone, at set-up, when people come, when they go, and when an hour has passed."""
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
    for _ in range(60):
        await pass_time(hass, freezer, 61)
    assert unknown(hass, simulator) == []
    assert mismatches(hass, simulator) == []
    assert bool(told(hass, entry)) is (abs(wrong) >= 120)


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_pushed_zero_stays(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    reachable: Http,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """No poll turns back what a newer push told, and the push is heard of at once."""
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
async def test_a_restart_shows_nobody_who_left(
    hass: HomeAssistant, simulator: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The first figures already are those of now at Butlr, not those of the host's now."""
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
async def test_a_person_is_told(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    issue: Issue,
    difference: str,
) -> None:
    """Which way and by how much; no longer once it is right, and with other words when it is wrong otherwise."""
    await set_up()
    assert told(hass, entry) == {issue: difference}
    simulator.clock_shift *= -1
    await pass_time(hass, freezer, 61)
    assert told(hass, entry).keys() == {Issue.CLOCK_BEHIND, Issue.CLOCK_AHEAD} - {issue}
    simulator.clock_shift = 100.0
    await pass_time(hass, freezer, 61)
    assert told(hass, entry) == {}
    await hass.config_entries.async_unload(entry.entry_id)
    simulator.clock_shift = 500.0
    await set_up()
    assert told(hass, entry) == {Issue.CLOCK_BEHIND: "8 min"}


async def test_known_wrong_while_it_runs(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    reachable: Http,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Nothing is shown longer than it may be, and nothing becomes unavailable, when the time at Butlr is another."""
    boardroom = find(simulator, "Boardroom")
    await simulator.move(to=boardroom)
    freezer.tick(120)
    await set_up()
    registry_entity = entity_of(hass, boardroom, "people")
    assert registry_entity
    seen: list[str] = []
    hass.bus.async_listen("state_changed", lambda event: seen.append(event.data["entity_id"]))
    simulator.clock_shift = 1200.0
    await pass_time(hass, freezer, 61)
    assert registry_entity not in seen
    assert mismatches(hass, simulator) == []
    # Back, and then the cloud is gone: ten minutes, not thirty.
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


async def test_figures_of_the_day_go_along(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What entities on demand show expires as late as before."""
    await set_up()
    boardroom = find(simulator, "Boardroom")
    for key in ("time_occupied_today", "peak_today"):
        entity_id = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{boardroom}_{key}")
        assert entity_id
        er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    # Home Assistant itself reloads what has entities enabled.
    await pass_time(hass, freezer, 31)
    await pass_time(hass, freezer, 5)
    before = state_of(hass, boardroom, "time_occupied_today")
    assert before not in (None, STATE_UNKNOWN)
    simulator.clock_shift = 3 * 3600.0
    await pass_time(hass, freezer, 61)
    assert state_of(hass, boardroom, "time_occupied_today") == before
    assert not entry.runtime_data.today.failing


@pytest.mark.parametrize("wrong", [300.0])
async def test_a_choice_changes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp
) -> None:
    """The message stays as long as the clock is wrong, and goes with the entry."""
    await set_up()
    await choose(hass, entry, labels=True)
    assert told(hass, entry) == {Issue.CLOCK_BEHIND: "5 min"}
    await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass, entry) == {}


async def test_without_a_date(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp) -> None:
    """A cloud that does not date its answers is believed to have the host's time."""
    with patch("tests.simulator.web.formatdate", return_value=""):
        await set_up()
    assert mismatches(hass, simulator) == []
    assert told(hass, entry) == {}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(121, "2 min"), (3600, "1 h"), (3660, "1 h 1 min"), (86400, "1 d"), (90061, "1 d 1 h 1 min")],
)
def test_how_long(seconds: float, text: str) -> None:
    """To the minute."""
    assert format_duration(seconds) == text
