"""Sync Butlr's tags to labels of devices if the user asked for it; labels that users set are left alone."""

from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, label_registry as lr

from ..api.estate import Estate, Tag, part_of
from ..api.names import composed
from ..const import CONF_LABELS, DEFAULT_LABELS
from ..runtime import ButlrConfigEntry, device_of
from .batches import in_batches
from .store import SyncStore

LABEL_PREFIX: Final = "Butlr: "


async def sync_labels(hass: HomeAssistant, entry: ButlrConfigEntry, estate: Estate, store: SyncStore) -> None:
    """Add labels for new tags and remove labels of deleted tags.

    Each label is added once per device, and only a label that was added here is removed.
    """
    desired: dict[str, set[str]] = {}
    unsure: set[str] = set()
    if not entry.options.get(CONF_LABELS, DEFAULT_LABELS):
        store.labels.clear()
        store.forgotten.clear()
    elif "tags" in estate.unread:
        return
    else:
        unsure = {label for tag, (label, _) in store.labels.items() if part_of("space_ids", tag) in estate.unread}
        desired = _desired_labels(hass, estate, store)
    devices = dr.async_get(hass)
    async for batch in in_batches((*desired, *(store.labeled.keys() - desired.keys()))):
        for device_id in batch:
            given = store.labeled.setdefault(device_id, {})
            if device_id in store.forgotten:
                # A label that is missing now may have been removed by the user.
                given |= dict.fromkeys(desired.get(device_id, ()), False)
            # Keep the labels of tags and spaces that could not be read.
            unread = device_id not in desired and not estate.has(device_id) and not estate.lacks(device_id)
            due = desired.get(device_id, set()) | (given.keys() if unread else given.keys() & unsure)
            device = device_of(hass, entry.entry_id, device_id)
            # Keep the record of removed devices so that their labels return with them.
            if device and given.keys() != due:
                labels = _corrected_labels(set(device.labels), given, due)
                devices.async_update_device(device.id, labels=labels)
    store.forgotten.clear()
    store.labeled = {device_id: given for device_id, given in store.labeled.items() if given}


def _desired_labels(hass: HomeAssistant, estate: Estate, store: SyncStore) -> dict[str, set[str]]:
    """Return the labels that devices should have, by Butlr id."""
    desired: dict[str, set[str]] = {}
    store.labels = {tag_id: label for tag_id, label in store.labels.items() if tag_id in estate.tags}
    for tag in estate.tags.values():
        marked = [space_id for space_id in tag.space_ids if space_id in estate.spaces]
        if marked and (label_id := _label_id(hass, tag, store)):
            for space_id in marked:
                desired.setdefault(space_id, set()).add(label_id)
    return desired


def _corrected_labels(labels: set[str], given: dict[str, bool], due: set[str]) -> set[str]:
    """Return the new labels of a device and record the added ones in `given`; other labels stay."""
    for label_id in due - given.keys():
        given[label_id] = label_id not in labels
        labels.add(label_id)
    for label_id in given.keys() - due:
        if given.pop(label_id):
            labels.discard(label_id)
    return labels


def _label_id(hass: HomeAssistant, tag: Tag, store: SyncStore) -> str | None:
    """Return the label id of a tag, creating or renaming the label; None if the user deleted it."""
    labels = lr.async_get(hass)
    name = LABEL_PREFIX + tag.name
    label_id, before = store.labels.get(tag.id, (None, None))
    label = labels.async_get_label(label_id) if label_id else None
    if label_id and label is None:
        return None
    if label and before != name and label.name == before:
        shared = sum(other == label_id for other, _ in store.labels.values()) > 1
        taken = shared or _label_named(labels, name)
        label = None if taken else labels.async_update(label.label_id, name=name)
    if label is None:
        label = _label_named(labels, name) or labels.async_create(name)
    store.labels[tag.id] = (label.label_id, name)
    return label.label_id


def _label_named(labels: lr.LabelRegistry, name: str) -> lr.LabelEntry | None:
    """Return the label with a name, comparing without case and Unicode form."""
    if label := labels.async_get_label_by_name(name):
        return label
    return next((label for label in labels.async_list_labels() if composed(label.name) == composed(name)), None)
