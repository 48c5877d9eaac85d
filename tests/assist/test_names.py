"""Which place a person means: the right one, or none. A wrong one never."""

import pytest

from custom_components.butlr.assist.names import Fit, Match, Named, match

HOUSE = ("Pier House",)
GROUND = ("Ground Floor", *HOUSE)
FIRST = ("First Floor", *HOUSE)
PLACES = (
    Named("Pier House", "building", HOUSE),
    Named("Ground Floor", "floor", ("Ground Floor",), HOUSE),
    Named("First Floor", "floor", ("First Floor",), HOUSE),
    Named("Lobby", "room", ("Lobby",), GROUND),
    Named("Harbour Café", "room", ("Harbour Café", "canteen"), GROUND),
    Named("Boardroom", "room", ("Boardroom",), FIRST),
    Named("Focus Room", "room", ("Focus Room",), FIRST),
    Named("Rose", "room", ("Rose",), FIRST),
    Named("Phone Booth 1", "room", ("Phone Booth 1",), FIRST),
    Named("Aspen 1.003", "room", ("Aspen 1.003",), GROUND),
    Named("Aspen 1.103", "room", ("Aspen 1.103",), FIRST),
    Named("Hall East", "room", ("Hall East",), FIRST),
    Named("Desk Row A", "zone", ("Desk Row A",), FIRST),
    Named("Desk Row B", "zone", ("Desk Row B",), FIRST),
    Named("会議室A", "room", ("会議室A",), FIRST),
    Named("🦊", "room", ("🦊",), FIRST),
    Named("meeting room", "tag", ("meeting room",)),
)


@pytest.mark.parametrize(
    ("asked", "thing", "fit"),
    [
        ("boardroom", "Boardroom", Fit.EXACT),
        (" Board Room ", "Boardroom", Fit.EXACT),
        ("Harbour Cafe", "Harbour Café", Fit.SAME),
        ("the Harbour Cafe", "Harbour Café", Fit.SAME),
        ("Canteen", "Harbour Café", Fit.EXACT),
        ("room focus", "Focus Room", Fit.SAME),
        ("room Boardroom", "Boardroom", Fit.WITHIN),
        ("Boardroom on the first floor", "Boardroom", Fit.WITHIN),
        ("Boardroom (First Floor, Pier House)", "Boardroom", Fit.WITHIN),
        ("Pier House first floor", "First Floor", Fit.WITHIN),
        ("focus", "Focus Room", Fit.WITHIN),
        ("harbour", "Harbour Café", Fit.PART),
        ("the café", "Harbour Café", Fit.PART),
        ("phone booth one", "Phone Booth 1", Fit.SAME),
        ("aspen 1.03", "Aspen 1.003", Fit.SAME),
        ("aspen 103", "Aspen 1.103", Fit.PART),
        ("aspen on floor 1", "Aspen 1.103", Fit.PART),
        ("phone boo", "Phone Booth 1", Fit.BEGINNING),
        ("会議", "会議室A", Fit.BEGINNING),
        ("🦊", "🦊", Fit.EXACT),
        # Floors in other words.
        ("1st floor", "First Floor", Fit.SAME),
        ("1. Stock", "First Floor", Fit.SAME),
        ("première étage", "First Floor", Fit.SAME),
        ("primera planta", "First Floor", Fit.SAME),
        ("eerste verdieping", "First Floor", Fit.SAME),
        ("Erdgeschoss", "Ground Floor", Fit.SAME),
        ("rez-de-chaussée", "Ground Floor", Fit.SAME),
        ("planta baja", "Ground Floor", Fit.SAME),
        # With typing errors.
        ("Bordroom", "Boardroom", Fit.TYPING),
        ("Broadroom", "Boardroom", Fit.TYPING),
        ("bord room", "Boardroom", Fit.TYPING),
        ("Loby", "Lobby", Fit.TYPING),
        ("harbor caffe", "Harbour Café", Fit.TYPING),
        ("frist floor", "First Floor", Fit.TYPING),
        ("ground flor", "Ground Floor", Fit.TYPING),
        ("apsen 1.003", "Aspen 1.003", Fit.TYPING),
        ("boardrom on the frist floor", "Boardroom", Fit.TYPING),
        ("meeting rooms", "meeting room", Fit.TYPING),
    ],
)
def test_what_is_meant(asked: str, thing: str, fit: Fit) -> None:
    """One place fits best, and how well it fits is known."""
    found = match(asked, PLACES)
    assert (found.things, found.fit) == ((thing,), fit)


@pytest.mark.parametrize(
    ("asked", "things"),
    [
        ("aspen", ("Aspen 1.003", "Aspen 1.103")),
        ("apsen", ("Aspen 1.003", "Aspen 1.103")),
        ("desk row", ("Desk Row A", "Desk Row B")),
    ],
)
def test_several_may_be_meant(asked: str, things: tuple[str, ...]) -> None:
    """What fits two places equally well is a question, not an answer."""
    assert match(asked, PLACES).things == things


@pytest.mark.parametrize(
    ("asked", "others"),
    [
        # Another number, another letter, another direction, another kind: each is another place.
        ("Phone Booth 2", ("Phone Booth 1",)),
        ("phone booth two", ("Phone Booth 1",)),
        ("Aspen 1.013", ("Aspen 1.003", "Aspen 1.103")),
        ("Aspen 103.1", ("Aspen 1.003", "Aspen 1.103")),
        ("Desk Row C", ("Desk Row A", "Desk Row B")),
        ("Hall West", ("Hall East",)),
        ("Rome", ("Rose",)),
        ("Hobby", ("Lobby",)),
        ("Second Floor", ("Ground Floor",)),
        ("Boardroom on the ground floor", ("Ground Floor",)),
        ("Lobby building", ()),
        # These do not say which one.
        ("room", ("Boardroom", "Focus Room")),
        ("floor", ("First Floor", "Ground Floor")),
        ("the", ()),
        ("???", ()),
        ("", ()),
        ("1" * 10_000, ()),
    ],
)
def test_none_is_meant(asked: str, others: tuple[str, ...]) -> None:
    """What fits no place is not made to fit one; similar names are offered."""
    found = match(asked, PLACES)
    assert (found.things, found.fit) == ((), None)
    assert found.others == others


@pytest.mark.parametrize(
    ("asked", "name", "within"),
    [
        ("Room 101B", "Room 101", ()),
        ("Meeting Room B", "Meeting Room", ()),
        ("Boardroom C", "Boardroom", ()),
        ("Café B", "Café", ()),
        ("Zone B", "Zone", ()),
        ("Room 1", "Room 1A", ()),
        ("floor -1", "Floor 1", ()),
        ("floor minus one", "Floor 1", ()),
        ("Meeting 2", "Meeting 3", ("2",)),
        ("Meeting Room 2", "Meeting Room 3", ("2",)),
        ("Boardroom C", "Boardroom A", ("C",)),
        ("Room 2", "Room 1.2", ()),
        ("Room 2", "Birch 2.03", ()),
        ("Room DE", "Room AM", ()),
        ("desk de", "Desk AM", ()),
        ("Suite 1", "Premier Suite", ()),
        ("Room 1", "First Aid Room", ()),
        ("Room 3", "Three Rivers Room", ()),
        # A wrong letter or two make another word, of places and of directions.
        ("Boston", "Bolton", ()),
        ("Athens", "Athena", ()),
        ("Meeting Room Everest", "Meeting Room Everett", ()),
        ("Desk in Boston", "Desk", ("Bolton",)),
        ("Southeast Hall", "Southwest Hall", ()),
        ("Sala Noreste", "Sala Noroeste", ()),
        # The first floor above the ground.
        ("first floor", "Basement 1", ()),
        ("1. Stock", "1. Untergeschoss", ()),
        ("premier étage", "Sous-sol 1", ()),
        ("1階", "地下1階", ()),
        ("ground floor", "Lower Ground Floor", ()),
    ],
)
def test_another_place(asked: str, name: str, within: tuple[str, ...]) -> None:
    """A letter, a number, a sign or an abbreviation tells places apart; what is not there is not made to fit."""
    for kind in ("room", "floor", "zone"):
        assert match(asked, [Named(name, kind, (name,), within)]).things == (), kind


@pytest.mark.parametrize(
    ("asked", "name", "within"),
    [
        ("BoardroomC", "Boardroom C", ()),
        ("level -1", "Floor -1", ()),
        ("floor minus one", "Floor -1", ()),
        ("planta menos 1", "Floor -1", ()),
        ("first floor", "First", ()),
        ("Meeting on floor 2", "Meeting 3", ("2",)),
        ("2nd floor meeting", "Meeting 3", ("2",)),
        ("Boardroom in building C", "Boardroom A", ("C",)),
        ("begane grond", "Ground Floor", ()),
        ("room de", "Room DE", ()),
        ("three rivers", "Three Rivers Room", ()),
        ("Basement one", "Basement 1", ()),
        ("lower ground floor", "Lower Ground Floor", ()),
        ("Boardroon", "Boardroom", ()),
    ],
)
def test_the_same_place(asked: str, name: str, within: tuple[str, ...]) -> None:
    """What tells places apart may be said in other words."""
    kind = "floor" if "loor" in name or name == "First" else "room"
    assert match(asked, [Named(name, kind, (name,), within)]).things == (name,)


def test_the_better_of_two_misspellings() -> None:
    """The fewer typing errors, the better; what has more is another possibility."""
    found = match("Cherryfeld", [Named(name, "room", (name,)) for name in ("Cherryfieldd", "Cherryfield")])
    assert (found.things, found.others) == (("Cherryfield",), ("Cherryfieldd",))


def test_nothing_to_find() -> None:
    """Without places, nothing is found."""
    assert match("Boardroom", ()) == Match()
