"""The mark in the names of the simulated building does not keep people from asking for its spaces."""

import json
from pathlib import Path

import pytest

from custom_components.butlr.assist.names import Named, match
from custom_components.butlr.simulated.building import FLOORS, IDS, ZONES

TRANSLATIONS = Path(__file__).parents[2] / "custom_components" / "butlr" / "translations"


@pytest.mark.parametrize("path", sorted(TRANSLATIONS.glob("*.json")), ids=lambda path: path.stem)
def test_a_space_is_found_without_its_mark(path: Path) -> None:
    """Nobody says "Boardroom (simulated)"."""
    texts = json.loads(path.read_text())["common"]
    kinds = dict.fromkeys(FLOORS, "floor") | dict.fromkeys(ZONES, "zone")
    known = [
        Named(key, kinds.get(key, "room"), (texts["simulated_name"].format(name=texts[f"simulated_{key}"]),))
        for key in IDS
    ]
    assert {key: match(texts[f"simulated_{key}"], known).things for key in IDS} == {key: (key,) for key in IDS}
