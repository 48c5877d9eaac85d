"""What one step of a person means: which doors are passed, which spaces gain or lose somebody."""

from dataclasses import dataclass

from .estate import Coverage, Sensor, SpaceRef


@dataclass(slots=True)
class Person:
    """Somebody in a building (or on the way in or out)."""

    id: str
    number: int
    building_id: str
    entrance: Sensor | None
    """The outer door this person came by, and leaves by."""
    place: SpaceRef | None = None
    acts: bool = True
    """Lives by himself; a person moved by hand stays where put."""
    leaves_at: float = 0
    goal: SpaceRef | None = None


def doors_passed(
    coverage: Coverage, person: Person, before: SpaceRef | None, after: SpaceRef | None
) -> list[tuple[Sensor, int]]:
    """Return the traffic sensors that a step passes, with +1 for in and -1 for out, in walking order."""
    entrance = person.entrance
    passed: list[tuple[Sensor, int]] = []
    lobby = SpaceRef(entrance.floor_id, entrance.room_id or None) if entrance else None
    if before is None and entrance:
        passed.append((entrance, 1))
    start = before or lobby
    end = after or lobby
    if start and (end is None or start.room_id != end.room_id) and start.room_id:
        passed += [(door, -1) for door in _one(coverage.room_doors(start.room_id), person)]
    if start and end and start.floor_id != end.floor_id:
        passed += [(door, -1) for door in _one(coverage.landing_doors(start.floor_id), person)]
        passed += [(door, 1) for door in _one(coverage.landing_doors(end.floor_id), person)]
    if end and (start is None or start.room_id != end.room_id) and end.room_id:
        passed += [(door, 1) for door in _one(coverage.room_doors(end.room_id), person)]
    if after is None and entrance:
        passed.append((entrance, -1))
    return passed


def _one(doors: tuple[Sensor, ...], person: Person) -> tuple[Sensor, ...]:
    """Return the door that a person uses where there are several: always the same one."""
    return (doors[person.number % len(doors)],) if doors else ()


def spaces_entered_and_left(before: SpaceRef | None, after: SpaceRef | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the spaces that gain and those that lose a person by a step."""
    old = before.space_ids if before else ()
    new = after.space_ids if after else ()
    return (
        tuple(space for space in new if space not in old),
        tuple(space for space in old if space not in new),
    )
