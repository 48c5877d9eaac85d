"""Imports point downward only, and the layers that must not know Home Assistant do not."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "custom_components" / "butlr"
# From the bottom up; a module may import what stands in lower rows only. `api` has an order of its own.
LAYERS = (
    ("api", "const"),
    ("crossings", "day_totals", "estimate_day", "failing", "outages", "proof", "rounds"),
    ("evidence", "witness"),
    ("backfill", "live"),
    ("coordinator", "recorded"),
    ("traffic", "wanted"),
    ("today", "typical"),
    ("cloudhook", "issues", "endpoint", "missing", "our_webhooks"),
    ("history", "host_clock", "offline", "registration"),
    ("push",),
    ("runtime",),
    ("devices", "entity", "memory"),
    ("area_icons", "organisation"),
    ("areas", "choice", "entities", "labels", "ranges", "tags", "targets"),
    ("binary_sensor", "button", "importing", "past", "rooms", "sensor", "tree"),
    ("config_flow", "diagnostics", "following", "repairs", "services", "system_health"),
    ("__init__",),
)
API_LAYERS = (
    ("buckets", "budget", "clock", "documents", "errors", "findings", "names", "queries", "readings", "texts"),
    ("address", "bodies", "questions"),
    ("answers", "auth", "labels"),
    ("silence",),
    ("client",),
    ("estate", "fields"),
    (
        "connectivity",
        "continuity",
        "estate_reader",
        "events",
        "heatmap",
        "reporting",
        "snapshot",
        "statistics",
        "subscriptions",
    ),
    ("history",),
)
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield what a module imports, wherever in it; modules of the integration as paths from its root."""
    folder = path.parent.parts
    for node in ast.walk(ast.parse((PACKAGE / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield node.module or ""
                continue
            base = folder[: len(folder) - node.level + 1]
            for name in [node.module] if node.module else [alias.name for alias in node.names]:
                yield ".".join((".", *base, name))


def layer(layers: tuple[tuple[str, ...], ...], name: str) -> int:
    """Return how high a module stands; a module that no layer names fails the test."""
    return next(height for height, row in enumerate(layers) if name in row)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_downward(path: Path) -> None:
    """A module imports only from layers below its own."""
    in_api = path.parts[0] == "api"
    own = path.stem if in_api else path.parts[0].removesuffix(".py")
    for name in imported(path):
        if not name.startswith("."):
            continue
        parts = [part for part in name.split(".") if part]
        if in_api:
            assert parts[0] == "api", f"{path} imports {name}"
            assert layer(API_LAYERS, parts[1]) < layer(API_LAYERS, own), f"{path} imports {name}"
        else:
            assert layer(LAYERS, parts[0]) < layer(LAYERS, own), f"{path} imports {name}"


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in MODULES
        if path.parts[0] in ("api", "backfill.py", "evidence.py", "live.py", "proof.py", "rounds.py", "witness.py")
    ],
    ids=str,
)
def test_plain_layers_know_nothing_of_home_assistant(path: Path) -> None:
    """`api` and `live` can be tested by the million and measured alone."""
    assert not [name for name in imported(path) if name.split(".")[0] == "homeassistant"]


def test_files_stay_small() -> None:
    """No file over 500 lines, and the wiring under 150."""
    lengths = {str(path): len((PACKAGE / path).read_text().splitlines()) for path in MODULES}
    assert not {path: length for path, length in lengths.items() if length > 500}
    assert lengths["__init__.py"] < 150
