"""What the tests of the blueprints about care share: who is told, and what was said to whom."""

from typing import Any, Final

from .house import House

NURSE: Final = "notify.nurse"
DOCTOR: Final = "notify.doctor"
TOLD: Final[dict[str, Any]] = {
    "recipients": {"entity_id": NURSE},
    "escalation_recipients": {"entity_id": DOCTOR},
    "escalate_after": 10,
}


def add_caregivers(house: House) -> None:
    """Add the devices that receive messages, and make hours pass quickly."""
    # The debug mode of tests, in which every callback remembers where it was created, takes most of the time.
    house.hass.loop.set_debug(False)
    house.add(NURSE)
    house.add(DOCTOR)


def texts(house: House) -> list[str]:
    """Return who was told what since the last call: the first sentence of each message."""
    found = [f"{act.entities[0].removeprefix('notify.')}: {act.data['message'].split('.')[0]}" for act in house.log]
    house.log.clear()
    return found
