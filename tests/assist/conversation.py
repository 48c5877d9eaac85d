"""A conversation with known answers: twenty questions, half of them misspelled or ambiguous, and the truth.

The same questions are asked through Assist's tools and through the Model Context Protocol. An answer is right, or it
says that something is not known or not clear. A wrong number is never an answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# Who enters, by the name of the space; others may be there, and stand still.
PEOPLE = {"Boardroom": 3, "Focus Room": 1, "Harbour Café": 2, "Desk Row A": 1}
# The rooms of the estate, with their capacity; no capacity is 0.
CAPACITIES = {"Lobby": 0, "Harbour Café": 40, "Boardroom": 12, "Focus Room": 4, "Phone Booth 1": 1}
ON_FIRST_FLOOR = ("Boardroom", "Focus Room", "Phone Booth 1")


@dataclass(frozen=True)
class Truth:
    """What is really the case in the simulator."""

    spaces: Mapping[str, Mapping[str, Any]]
    # How many people were in the boardroom yesterday, on average and at most.
    boardroom_yesterday: Mapping[str, float] = field(default_factory=dict)

    def of(self, name: str) -> Mapping[str, Any]:
        """Return the truth about a space, given its name."""
        return next(space for space in self.spaces.values() if space["name"] == name)

    def people(self, name: str) -> int | None:
        """Return the number of people of a space; None if it cannot be known."""
        space = self.of(name)
        number: int | None = space["people"] if space["people"] is not None else space["estimate"]
        return number if space["available"] else None

    def free(self, *names: str) -> set[str]:
        """Return which rooms are free."""
        return {name for name in names if self.of(name)["available"] and self.of(name)["occupied"] is False}


type Answer = dict[str, Any]
type Check = Callable[[Answer, Truth], bool]


@dataclass(frozen=True)
class Asked:
    """A question and what its answer must be."""

    tool: str
    arguments: dict[str, Any]
    is_right: Check
    # Whether no answer can be given: the place is not known, or not clear.
    refused: bool = False


def _name(label: str) -> str:
    return label.partition(" (")[0]


def counts(name: str, *, estimate: bool = False) -> Check:
    """Check that the answer is the number of people of a space."""

    def check(answer: Answer, truth: Truth) -> bool:
        return (
            _name(answer["place"]) == name
            and answer["people"] == truth.people(name)
            and answer.get("is_estimate", False) is estimate
            and answer["occupied"] is (truth.of(name)["occupied"] if truth.of(name)["available"] else None)
        )

    return check


def offers(key: str, *names: str) -> Check:
    """Check that the answer offers exactly these names, and no number."""

    def check(answer: Answer, truth: Truth) -> bool:
        return [_name(one) for one in answer.get(key, [])] == list(names) and "people" not in answer

    return check


def finds(*among: str, seats: int = 0) -> Check:
    """Check that exactly the free rooms among some are found, the smallest first."""

    def check(answer: Answer, truth: Truth) -> bool:
        found = [_name(room["room"]) for room in answer["free_rooms"]]
        free = {name for name in truth.free(*among) if CAPACITIES[name] >= seats}
        capacities = [CAPACITIES[name] or 1000 for name in found]
        return set(found) == free and answer["free"] == len(free) and capacities == sorted(capacities)

    return check


def explains(name: str, shown_as: str, reason: str) -> Check:
    """Check what a space is shown as, and why."""
    return lambda answer, truth: (
        (_name(answer["place"]), answer["shown_as"], answer["reason"])
        == (
            name,
            shown_as,
            reason,
        )
    )


def _is_true(answer: Answer, truth: Truth, name: str, *estimated: str) -> bool:
    """Check a number of people: everybody's, or at least those who are counted, or unknown.

    Rooms in it with nothing but doors are estimated, and are not part of what is counted.
    """
    counted = truth.people(name)
    elsewhere = sum(truth.people(one) or 0 for one in estimated)
    if counted is None:
        return answer["people"] is None
    if "people_at_least" in answer:
        return (answer["people_at_least"], answer["people_estimated_elsewhere"]) == (counted, elsewhere) and counted > 0
    if answer["people"] is None:
        # It is only unknown where nobody is counted although somebody is there.
        return counted == 0 < elsewhere == answer.get("people_estimated_elsewhere")
    return bool(answer["people"] == counted + elsewhere)


def _everywhere(answer: Answer, truth: Truth) -> bool:
    inside = {_name(one["place"]): one for one in answer["inside"]}
    names = [one["name"] for one in truth.spaces.values() if one["kind"] in ("room", "zone")]
    known = [truth.of(name)["occupied"] if truth.of(name)["available"] else None for name in CAPACITIES]
    return bool(
        _is_true(answer, truth, "Pier House", "Harbour Café")
        and _is_true(inside.pop("Ground Floor"), truth, "Ground Floor", "Harbour Café")
        and _is_true(inside.pop("First Floor"), truth, "First Floor")
        and {name: one["people"] for name, one in inside.items()}
        == {name: people for name in names if (people := truth.people(name))}
        and answer["rooms"] == {"occupied": known.count(True), "free": known.count(False), "unknown": known.count(None)}
    )


def _quiet(answer: Answer, truth: Truth) -> bool:
    """Check a tag of two rooms, one of which is offline, and a zone, which may lie in one of them."""
    there = sum(truth.of(name)["people"] or 0 for name in ("Focus Room", "Phone Booth 1", "Desk Row A"))
    told = answer["people_at_least"]
    return bool(
        "people" not in answer
        and truth.people("Focus Room") == told <= there
        and (answer["spaces_without_a_known_number"], answer["zones_left_out"]) == (1, 1)
    )


def _attention(answer: Answer, truth: Truth) -> bool:
    return (
        [one["name"] for one in answer["sensors_and_hives_offline"]] == ["Phone Booth 1"]
        and [_name(one["place"]) for one in answer["spaces_without_data"]] == ["Phone Booth 1"]
        and {one["name"] for one in answer["batteries_to_replace"]} == {"Phone Booth 1", "Focus Room ceiling"}
    )


def _use(answer: Answer, truth: Truth) -> bool:
    told = _name(answer["place"]), answer["average_people"], answer["most_people"]
    return told == ("Boardroom", round(truth.boardroom_yesterday["mean"], 1), truth.boardroom_yesterday["max"])


def _lobby(answer: Answer, truth: Truth) -> bool:
    occupied = bool(truth.of("Lobby")["occupied"])
    reason = "people_counted" if occupied else "nobody_counted"
    return explains("Lobby", "occupied" if occupied else "unoccupied", reason)(answer, truth)


CONVERSATION = (
    # Asked as things are called.
    Asked("get_people", {}, _everywhere),
    Asked("get_people", {"place": "Boardroom"}, counts("Boardroom")),
    Asked("get_people", {"place": "Phone Booth 1"}, counts("Phone Booth 1")),
    Asked("get_people", {"place": "Pier House"}, _everywhere),
    Asked("get_people", {"place": "quiet"}, _quiet),
    Asked("find_free_room", {}, finds(*CAPACITIES)),
    Asked("find_free_room", {"place": "First Floor", "people": 3}, finds(*ON_FIRST_FLOOR, seats=3)),
    Asked("get_attention", {}, _attention),
    Asked("explain_occupancy", {"place": "Boardroom"}, explains("Boardroom", "occupied", "people_counted")),
    Asked("get_use", {"place": "Boardroom", "period": "yesterday"}, _use),
    # Misspelled, in other words, or ambiguous.
    Asked("get_people", {"place": "the cafe"}, counts("Harbour Café", estimate=True)),
    Asked("get_people", {"place": "bord room"}, counts("Boardroom")),
    Asked("get_people", {"place": "1st flor"}, counts("First Floor")),
    Asked("get_people", {"place": "recepton desk"}, counts("Reception Desk")),
    Asked("get_people", {"place": "desk row"}, offers("which_one", "Desk Row A", "Desk Row B"), refused=True),
    Asked("get_people", {"place": "Desk Row C"}, offers("similar_names", "Desk Row A", "Desk Row B"), refused=True),
    Asked("get_people", {"place": "Narnia"}, offers("similar_names"), refused=True),
    Asked("find_free_room", {"place": "groundfloor"}, finds("Lobby", "Harbour Café")),
    Asked("explain_occupancy", {"place": "phone boot"}, explains("Phone Booth 1", "unavailable", "sensors_offline")),
    Asked("explain_occupancy", {"place": "Loby"}, _lobby),
)
