"""Random changes of the estate while Home Assistant runs, with faults mixed in."""

from collections.abc import Iterator
import logging
import random
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_BUILDINGS, CONF_HARDWARE, CONF_LABELS
from tests.conftest import SetUp
from tests.helpers.estate_changes import Rebuilding
from tests.helpers.registries import butlr_ids, differences, due
from tests.helpers.timeouts import controlled_timeouts
from tests.simulator import Simulator

CHANGES = 200
FAULTS = ("500", "504", "429", "403", "garbage", "empty", "graphql_errors", "drop", "hang")
# Fixed seeds; `drawn` uses a new one in each run.
SEEDS = (20261125, None)


@pytest.fixture(autouse=True)
def _impatience(simulator: Simulator) -> Iterator[None]:
    """Let hanging requests time out at once."""
    with controlled_timeouts() as timeouts:
        simulator.hung = timeouts.hang
        yield


@pytest.fixture(autouse=True)
def _ready_witnesses() -> Iterator[None]:
    """Let the second answer confirm at once what the first lacked, since no time passes here."""
    with patch("custom_components.butlr.polls.estate_guard.CONFIRMATION_DELAY", 0):
        yield


async def poll(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Poll the estate and wait until everything is in sync."""
    await entry.runtime_data.estate.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)


async def choose(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, rng: random.Random) -> str:
    """Change the options as a person does."""
    buildings = list(entry.runtime_data.estate.full_estate.buildings)
    chosen = rng.choice([buildings, rng.sample(buildings, rng.randint(1, len(buildings)))])
    options = {
        CONF_BUILDINGS: chosen,
        CONF_HARDWARE: rng.random() < 0.7,
        CONF_LABELS: rng.random() < 0.5,
    }
    form = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(form["flow_id"], options)
    await hass.async_block_till_done(wait_background_tasks=True)
    return f"choose {len(chosen)} buildings, hardware {options[CONF_HARDWARE]}"


@pytest.mark.parametrize("seed", SEEDS, ids=["fixed", "drawn"])
@pytest.mark.parametrize("rooms", [12])
async def test_every_change_is_followed(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    seed: int | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Devices and entities always equal the estate. Nothing is orphaned, reloaded, or lost to a partial answer."""
    caplog.set_level(logging.WARNING)
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    rng = random.Random(seed)
    await set_up()
    assert differences(hass, simulator, entry) == []
    loaded = entry.runtime_data
    rebuilding = Rebuilding(simulator, rng)
    for number in range(CHANGES):
        if rng.random() < 0.08:
            done = await choose(hass, simulator, entry, rng)
        else:
            done = rebuilding.change()
        if rng.random() < 0.25:
            before, fault = butlr_ids(hass, entry), rng.choice(FAULTS)
            simulator.faults.set("graphql", fault, retry_after=0.01, seconds=0.6, rate=rng.choice((1, 0.5)), count=9)
            done = f"{done} with {fault}"
            await poll(hass, entry)
            simulator.faults.clear()
            loaded.client._pause_until = 0
            lost = (before & due(simulator, entry).devices.keys()) - butlr_ids(hass, entry)
            assert lost == set(), f"seed {seed}, change {number}: {done}"
        # A second answer confirms what is missing.
        for _ in range(2):
            await poll(hass, entry)
        assert differences(hass, simulator, entry) == [], f"seed {seed}, change {number}: {done}"
    assert entry.runtime_data is loaded
    assert not [record for record in caplog.records if record.exc_info]
