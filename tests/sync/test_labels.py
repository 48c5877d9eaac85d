"""Tags as labels: only if the person asked, and never against the person's own changes."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, label_registry as lr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_LABELS, DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from tests.conftest import SetUp, choose, pass_time
from tests.helpers.registries import device_of, find
from tests.simulator import Simulator
from tests.simulator.estate import Tag

POLL = ESTATE_INTERVAL.total_seconds() + 1


def tag_named(simulator: Simulator, name: str) -> Tag:
    """Return a tag by its name."""
    return next(tag for tag in simulator.estate.tags.values() if tag.name == name)


def labels_of(hass: HomeAssistant, entry: MockConfigEntry, butlr_id: str) -> set[str]:
    """Return the names of a device's labels."""
    found = (lr.async_get(hass).async_get_label(one) for one in device_of(hass, entry, butlr_id).labels)
    return {label.name for label in found if label}


@pytest.fixture
async def labeled(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entry: MockConfigEntry, set_up: SetUp
) -> MockConfigEntry:
    """Return an entry with the labels option, under a clock that stands still."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_LABELS: True})
    await set_up()
    return entry


async def test_only_if_asked(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator) -> None:
    """There are no labels by default. The option adds labels of used tags; switching it off removes only those."""
    await set_up()
    registry = lr.async_get(hass)
    own = registry.async_create("Mine").label_id
    theirs = registry.async_create("Butlr: quiet").label_id
    booth, focus = find(simulator, "Phone Booth 1"), find(simulator, "Focus Room")
    devices = dr.async_get(hass)
    devices.async_update_device(device_of(hass, entry, focus).id, labels={own})
    devices.async_update_device(device_of(hass, entry, booth).id, labels={theirs})
    assert {label.name for label in registry.async_list_labels()} == {"Mine", "Butlr: quiet"}
    await choose(hass, entry, **{CONF_LABELS: True})
    assert {label.name for label in registry.async_list_labels()} == {"Mine", "Butlr: quiet", "Butlr: meeting room"}
    assert labels_of(hass, entry, focus) == {"Mine", "Butlr: quiet", "Butlr: meeting room"}
    assert labels_of(hass, entry, booth) == {"Butlr: quiet"}
    assert labels_of(hass, entry, find(simulator, "Desk Row A")) == {"Butlr: quiet"}
    assert labels_of(hass, entry, find(simulator, "Lobby")) == set()
    await choose(hass, entry, **{CONF_LABELS: False})
    assert labels_of(hass, entry, focus) == {"Mine"}
    assert labels_of(hass, entry, find(simulator, "Desk Row A")) == set()
    # The person added this label.
    assert labels_of(hass, entry, booth) == {"Butlr: quiet"}


async def test_tags_change(
    hass: HomeAssistant, labeled: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A tag is added, removed, renamed, duplicated and deleted: labels follow within one poll."""
    booth, focus, lobby = (find(simulator, name) for name in ("Phone Booth 1", "Focus Room", "Lobby"))
    quiet, registry = tag_named(simulator, "quiet"), lr.async_get(hass)
    label_id = registry.async_get_label_by_name("Butlr: quiet")
    quiet.space_ids = [booth, lobby]
    await pass_time(hass, freezer, POLL)
    assert [labels_of(hass, labeled, one) for one in (booth, lobby)] == [{"Butlr: quiet"}] * 2
    assert labels_of(hass, labeled, focus) == {"Butlr: meeting room"}
    quiet.name = "Silent"
    await pass_time(hass, freezer, POLL)
    assert labels_of(hass, labeled, booth) == {"Butlr: Silent"}
    # The label stays the same, so that automations keep working.
    renamed = registry.async_get_label_by_name("Butlr: Silent")
    assert label_id
    assert renamed
    assert renamed.label_id == label_id.label_id
    # A second tag of the same name shares the label. Renaming one of them separates them.
    simulator.estate.add(Tag("tag_2", "silent", [focus]))
    await pass_time(hass, freezer, POLL)
    assert labels_of(hass, labeled, focus) == {"Butlr: meeting room", "Butlr: Silent"}
    quiet.name = "Hush"
    await pass_time(hass, freezer, POLL)
    assert labels_of(hass, labeled, booth) == {"Butlr: Hush"}
    assert labels_of(hass, labeled, focus) == {"Butlr: meeting room", "Butlr: Silent"}
    # A name that is in use is shared.
    quiet.name = "Meeting Room"
    await pass_time(hass, freezer, POLL)
    assert labels_of(hass, labeled, booth) == {"Butlr: meeting room"}
    simulator.estate.remove(quiet.id)
    await pass_time(hass, freezer, POLL)
    assert labels_of(hass, labeled, booth) == set()
    assert labels_of(hass, labeled, focus) == {"Butlr: meeting room", "Butlr: Silent"}


async def test_one_label_for_all_spellings(
    hass: HomeAssistant, labeled: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Names in composed and decomposed Unicode are equal and share a label; names with other accents do not."""
    focus, lobby, booth = (find(simulator, name) for name in ("Focus Room", "Lobby", "Phone Booth 1"))
    own = lr.async_get(hass).async_create("Butlr: Cafe\u0301")
    for number, (name, space_id) in enumerate((("Café", focus), ("Cafe\u0301", lobby), ("Cafe", booth))):
        simulator.estate.add(Tag(f"tag_n{number}", name, [space_id]))
    await pass_time(hass, freezer, POLL)
    for space_id in (focus, lobby):
        assert own.label_id in device_of(hass, labeled, space_id).labels
    assert labels_of(hass, labeled, booth) == {"Butlr: quiet", "Butlr: Cafe"}
    assert len([label for label in lr.async_get(hass).async_list_labels() if "Caf" in label.name]) == 2


async def test_what_the_person_does_stays(
    hass: HomeAssistant, labeled: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A label that the person removed, renamed or deleted does not return, nor with a device that was away."""
    booth, focus = find(simulator, "Phone Booth 1"), find(simulator, "Focus Room")
    devices, registry = dr.async_get(hass), lr.async_get(hass)
    quiet, meeting = (registry.async_get_label_by_name(f"Butlr: {name}") for name in ("quiet", "meeting room"))
    assert quiet
    assert meeting
    devices.async_update_device(device_of(hass, labeled, focus).id, labels={meeting.label_id})
    registry.async_update(meeting.label_id, name="Gatherings")
    tag_named(simulator, "meeting room").name = "conference"
    await pass_time(hass, freezer, POLL)
    await hass.config_entries.async_reload(labeled.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert labels_of(hass, labeled, focus) == {"Gatherings"}
    room = simulator.estate.rooms.pop(focus)
    await pass_time(hass, freezer, POLL)
    assert devices.async_get_device_by_identifier((DOMAIN, focus), labeled.entry_id) is None
    simulator.estate.add(room)
    await pass_time(hass, freezer, POLL)
    assert labels_of(hass, labeled, focus) == {"Gatherings"}
    # The person's own label on the same device stays.
    devices.async_update_device(
        device_of(hass, labeled, booth).id, labels={quiet.label_id, registry.async_create("Mine").label_id}
    )
    registry.async_delete(quiet.label_id)
    tag_named(simulator, "quiet").space_ids.append(find(simulator, "Lobby"))
    await pass_time(hass, freezer, POLL)
    assert labels_of(hass, labeled, booth) == {"Mine"}
    assert registry.async_get_label_by_name("Butlr: quiet") is None
    # Switching the option off and on again adds all labels again.
    await choose(hass, labeled, **{CONF_LABELS: False})
    await choose(hass, labeled, **{CONF_LABELS: True})
    assert labels_of(hass, labeled, booth) == {"Mine", "Butlr: quiet"}
    assert labels_of(hass, labeled, focus) == {"Butlr: quiet", "Butlr: conference"}


async def test_unread_tags_are_not_gone(
    hass: HomeAssistant, labeled: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Labels stay while tags cannot be read, even at start."""
    focus = find(simulator, "Focus Room")
    before = labels_of(hass, labeled, focus)
    assert before
    simulator.estate.tags.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("custom_components.butlr.api.estate_reader.TOPOLOGY", "query Topology { tags { unheard_of } }")
        patch.setattr("custom_components.butlr.api.estate_reader._concerns_only", lambda err, root: root == "tags")
        await hass.config_entries.async_reload(labeled.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert "tags" in labeled.runtime_data.estate.data.unread
    assert labels_of(hass, labeled, focus) == before
    # Tags can be read again and there are none, which a second answer must confirm.
    await pass_time(hass, freezer, POLL)
    assert labels_of(hass, labeled, focus) == before
    await pass_time(hass, freezer, POLL)
    assert labels_of(hass, labeled, focus) == set()
