"""Imports point downward only, and the layers that must not know Home Assistant do not."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "custom_components" / "butlr"
# From the bottom up; a file or folder may import from lower rows and from its own folder, never sideways or upward.
LAYERS = (
    ("const",),
    ("api",),
    ("live", "simulated"),
    ("coordinator", "timer"),
    ("polls",),
    ("issues", "on_demand"),
    ("history", "push"),
    ("runtime",),
    ("sign_in", "waste"),
    ("actions", "automation_targets", "entity", "map"),
    ("assist", "sync"),
    ("binary_sensor", "button", "event", "image", "number", "privacy", "sensor"),
    ("forms",),
    ("options_flow",),
    (
        "condition",
        "config_flow",
        "diagnostics",
        "intent",
        "llm",
        "panel",
        "repairs",
        "services",
        "system_health",
        "trigger",
        "websocket_api",
    ),
    ("__init__",),
)
API_LAYERS = (
    (
        "buckets",
        "documents",
        "errors",
        "listeners",
        "names",
        "public_hosts",
        "queries",
        "readings",
        "texts",
        "transport",
        "values",
    ),
    ("address", "bodies", "budget", "clock", "findings", "outlines", "questions"),
    ("answers", "auth", "labels"),
    ("account", "silence"),
    ("client",),
    ("estate", "fields"),
    (
        "connectivity",
        "continuity",
        "estate_reader",
        "events",
        "floor_plans",
        "heatmap",
        "pictures",
        "reporting",
        "snapshot",
        "statistics",
        "subscriptions",
    ),
    ("history",),
)
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
# The simulated building itself is plain, too; only its session needs Home Assistant.
PLAIN = [path for path in MODULES if path.parent.name == "simulated" and path.name != "session.py"]


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
    """Return how high a module or folder stands; one that no layer names fails the test."""
    return next(height for height, row in enumerate(layers) if name in row)


def siblings(path: Path) -> dict[Path, set[Path]]:
    """Return which modules of its folder each module of that folder imports."""
    folder = [other for other in MODULES if other.parent == path.parent]
    by_name = {".".join((".", *other.with_suffix("").parts)): other for other in folder}
    return {other: {by_name[name] for name in imported(other) if name in by_name} for other in folder}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_downward(path: Path) -> None:
    """A module imports only from layers below its own, and from its own folder."""
    own = path.parts[0].removesuffix(".py")
    for name in imported(path):
        if not name.startswith("."):
            continue
        parts = [part for part in name.split(".") if part]
        if len(path.parts) > 1 and parts[0] == own:
            if own == "api":
                assert layer(API_LAYERS, parts[1]) < layer(API_LAYERS, path.stem), f"{path} imports {name}"
            continue
        assert layer(LAYERS, parts[0]) < layer(LAYERS, own), f"{path} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_module_imports_itself_through_others(path: Path) -> None:
    """There is no circle within a folder."""
    graph = siblings(path)
    reached: set[Path] = set()
    waiting = list(graph[path])
    while waiting:
        other = waiting.pop()
        if other not in reached:
            reached.add(other)
            waiting += graph[other]
    assert path not in reached


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[0] in ("api", "live")] + PLAIN, ids=str)
def test_plain_layers_know_nothing_of_home_assistant(path: Path) -> None:
    """`api` and `live` can be tested by the million and measured alone."""
    assert not [name for name in imported(path) if name.split(".")[0] == "homeassistant"]


def test_files_stay_small() -> None:
    """No file over 500 lines, and the wiring under 150."""
    lengths = {str(path): len((PACKAGE / path).read_text().splitlines()) for path in MODULES}
    assert not {path: length for path, length in lengths.items() if length > 500}
    assert lengths["__init__.py"] < 150


def test_the_simulated_building_stays_small() -> None:
    """It is for a first look; most of the people who install it never use it."""
    lines = [line for path in (PACKAGE / "simulated").glob("*.py") for line in path.read_text().splitlines()]
    assert sum(1 for line in lines if line.strip()) <= 500


def test_the_docstring_of_a_folder_says_where_to_begin() -> None:
    """A folder's own file holds one docstring and nothing else; a platform's also sets the platform up."""
    for path in MODULES:
        if path.name == "__init__.py" and path.parent.name not in ("", "sensor"):
            body = ast.parse((PACKAGE / path).read_text()).body
            assert len(body) == 1, path
            assert ast.get_docstring(ast.Module(body, [])), path
