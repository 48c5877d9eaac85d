"""Butlr's tags as labels of devices, if the person asked for it; what a person does with labels is left alone."""

import asyncio
import itertools
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, label_registry as lr

from ..api.estate import Estate, Tag, part_of
from ..api.names import composed
from ..const import CONF_LABELS, DOMAIN, REGISTRY_BATCH_SIZE
from ..runtime import ButlrConfigEntry
from .store import SyncStore

PREFIX: Final = "Butlr: "


async def follow(hass: HomeAssistant, entry: ButlrConfigEntry, estate: Estate, memory: SyncStore) -> None:
    """Give devices the labels of new tags and take those of gone ones; each is given once, and taken only if given."""
    wanted: dict[str, set[str]] = {}
    unsure: set[str] = set()
    if not entry.options.get(CONF_LABELS, False):
        memory.labels.clear()
        memory.forgotten.clear()
    elif "tags" in estate.unread:
        return
    else:
        unsure = {label for tag, (label, _) in memory.labels.items() if part_of("space_ids", tag) in estate.unread}
        wanted = _wanted(hass, estate, memory)
    devices = dr.async_get(hass)
    for batch in itertools.batched(
        (*wanted, *(memory.labelled.keys() - wanted.keys())), REGISTRY_BATCH_SIZE, strict=False
    ):
        for device_id in batch:
            given = memory.labelled.setdefault(device_id, {})
            if device_id in memory.forgotten:
                # Whatever it lacks may have been taken off by the person.
                given |= dict.fromkeys(wanted.get(device_id, ()), False)
            # What could not be read is not gone: be it where a tag is, or a space that may have it.
            unread = device_id not in wanted and not estate.has(device_id) and not estate.lacks(device_id)
            due = wanted.get(device_id, set()) | (given.keys() if unread else given.keys() & unsure)
            device = devices.async_get_device_by_identifier((DOMAIN, device_id), entry.entry_id)
            # Of a device that is gone nothing is taken: if it comes back, so do its labels.
            if device and given.keys() != due:
                labels = _corrected(set(device.labels), given, due)
                devices.async_update_device(device.id, labels=labels)
        await asyncio.sleep(0)
    memory.forgotten.clear()
    memory.labelled = {device_id: given for device_id, given in memory.labelled.items() if given}


def _wanted(hass: HomeAssistant, estate: Estate, memory: SyncStore) -> dict[str, set[str]]:
    """Return which labels devices should have."""
    wanted: dict[str, set[str]] = {}
    memory.labels = {tag_id: label for tag_id, label in memory.labels.items() if tag_id in estate.tags}
    for tag in estate.tags.values():
        marked = [space_id for space_id in tag.space_ids if space_id in estate.spaces]
        if marked and (label_id := _label_id(hass, tag, memory)):
            for space_id in marked:
                wanted.setdefault(space_id, set()).add(label_id)
    return wanted


def _corrected(labels: set[str], given: dict[str, bool], due: set[str]) -> set[str]:
    """Return the labels that a device should have, and note what is given to it; its other labels stay."""
    for label_id in due - given.keys():
        given[label_id] = label_id not in labels
        labels.add(label_id)
    for label_id in given.keys() - due:
        if given.pop(label_id):
            labels.discard(label_id)
    return labels


def _label_id(hass: HomeAssistant, tag: Tag, memory: SyncStore) -> str | None:
    """Return the label of a tag, made or renamed if need be; None if the person has deleted it."""
    labels = lr.async_get(hass)
    name = PREFIX + tag.name
    label_id, before = memory.labels.get(tag.id, (None, None))
    label = labels.async_get_label(label_id) if label_id else None
    if label_id and label is None:
        return None
    if label and before != name and label.name == before:
        shared = sum(other == label_id for other, _ in memory.labels.values()) > 1
        taken = shared or _label_named(labels, name)
        label = None if taken else labels.async_update(label.label_id, name=name)
    if label is None:
        label = _label_named(labels, name) or labels.async_create(name)
    memory.labels[tag.id] = (label.label_id, name)
    return label.label_id


def _label_named(labels: lr.LabelRegistry, name: str) -> lr.LabelEntry | None:
    """Return the label of a name, however that is spelled."""
    if label := labels.async_get_label_by_name(name):
        return label
    return next((label for label in labels.async_list_labels() if composed(label.name) == composed(name)), None)
