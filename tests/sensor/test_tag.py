"""People by tag: the sum of the known people of its rooms and zones, on the organization's device."""

import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.answers import newest
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import ButlrForbiddenError
from custom_components.butlr.api.history import BucketRange, people_question
from custom_components.butlr.api.queries import TOPOLOGY
from custom_components.butlr.api.questions import Asset
from custom_components.butlr.api.reporting import Reporter
from tests.conftest import SetUp, pass_time
from tests.helpers.on_demand import Requests, disable_background_pacing, record_background_requests, set_enabled
from tests.helpers.registries import differences, find
from tests.helpers.states import entity_of, state_of
from tests.simulator import Simulator


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing wait in the background."""
    disable_background_pacing(monkeypatch)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Requests:
    """Return what is asked in the background."""
    return record_background_requests(monkeypatch)


def tag_named(simulator: Simulator, name: str) -> str:
    """Return the id of a tag."""
    return next(tag.id for tag in simulator.estate.tags.values() if tag.name == name)


async def test_the_same_as_at_butlr(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    asked: Requests,
) -> None:
    """The sums are those that Butlr answers for the tags; they are up to date without asking for them."""
    await set_up()
    tags = {tag.id for tag in simulator.estate.tags.values()}
    await set_enabled(hass, entry, freezer, *(f"{tag_id}_people" for tag_id in tags))
    for name, count in (("Boardroom", 3), ("Focus Room", 1), ("Desk Row A", 2)):
        for _ in range(count):
            await simulator.move(to=find(simulator, name))
    await pass_time(hass, freezer, 120)
    await pass_time(hass, freezer, 61)
    assert asked == []
    now = time.time()
    question = people_question(Asset.TAGS, sorted(tags), BucketRange(now - 60, now, "UTC", "1m"), "last")
    answers: dict[str, float] = {}
    await Reporter(entry.runtime_data.client).ask(
        question, lambda rows, part: answers.update({tag: row.value or 0 for tag, row in newest(rows).items()})
    )
    assert sum(answers.values()) >= 6
    for tag_id, people in answers.items():
        assert state_of(hass, tag_id, "people") == str(round(people))


async def test_on_the_organization(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The entity is named after the tag, is renamed with it and removed with it."""
    await set_up()
    tag_id = tag_named(simulator, "quiet")
    (entity_id,) = await set_enabled(hass, entry, freezer, f"{tag_id}_people")
    assert entity_id == "sensor.harbour_campus_people_tagged_quiet"
    registered = er.async_get(hass).async_get(entity_id)
    assert registered
    device = dr.async_get(hass).async_get(registered.device_id or "")
    assert device
    assert {identifier[1] for identifier in device.identifiers} == {simulator.estate.id}
    simulator.estate.tags[tag_id].name = "silent"
    await pass_time(hass, freezer, 601)
    shown = hass.states.get(entity_id)
    assert shown
    assert shown.attributes["friendly_name"] == "Harbour Campus People tagged silent"
    simulator.estate.remove(tag_id)
    await pass_time(hass, freezer, 601)
    assert entity_of(hass, tag_id, "people") is None
    assert differences(hass, simulator, entry) == []


async def test_the_tag_is_put_elsewhere(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The value is the sum of the spaces with the tag now; floors count only if no room or zone has it."""
    await set_up()
    tag_id = tag_named(simulator, "quiet")
    await set_enabled(hass, entry, freezer, f"{tag_id}_people")
    boardroom, focus, floor = (find(simulator, name) for name in ("Boardroom", "Focus Room", "First Floor"))
    for room, count in ((boardroom, 3), (focus, 1)):
        for _ in range(count):
            await simulator.move(to=room)
    tag = simulator.estate.tags[tag_id]
    for spaces, people in (([focus], "1"), ([boardroom, focus, floor], "4")):
        tag.space_ids = spaces
        await pass_time(hass, freezer, 601)
        assert state_of(hass, tag_id, "people") == people
    tag.space_ids = [floor]
    await pass_time(hass, freezer, 601)
    assert state_of(hass, tag_id, "people") == state_of(hass, floor, "people")
    await simulator.move(to=boardroom)
    await pass_time(hass, freezer, 61)
    assert state_of(hass, tag_id, "people") == state_of(hass, floor, "people")


async def test_out_of_reach(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The value is unavailable if all of its spaces are."""
    await set_up()
    tag_id = tag_named(simulator, "quiet")
    await set_enabled(hass, entry, freezer, f"{tag_id}_people")
    assert state_of(hass, tag_id, "people") == "0"
    simulator.faults.set("reporting", "500")
    for _ in range(12):
        await pass_time(hass, freezer, 61)
    assert state_of(hass, tag_id, "people") == STATE_UNAVAILABLE
    simulator.faults.clear()
    await pass_time(hass, freezer, 61)
    assert state_of(hass, tag_id, "people") == "0"


async def test_credentials_that_may_not_read_tags(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Entities of tags that cannot be read at start are kept until they can."""
    await set_up()
    tag_id = tag_named(simulator, "quiet")
    await set_enabled(hass, entry, freezer, f"{tag_id}_people")
    graphql = ButlrClient.graphql

    async def forbid(self: ButlrClient, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        if document == TOPOLOGY:
            raise ButlrForbiddenError("no")
        return await graphql(self, document, variables)

    with monkeypatch.context() as context:
        context.setattr(ButlrClient, "graphql", forbid)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert "tags" in entry.runtime_data.estate.data.unread
        assert entity_of(hass, tag_id, "people")
    await pass_time(hass, freezer, 601)
    assert state_of(hass, tag_id, "people") == "0"
