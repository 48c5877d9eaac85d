"""The integration uses only public, documented API of Home Assistant.

Private names and undocumented modules change without notice. A use that cannot be avoided is listed in EXCEPTIONS and,
with its reason, in docs/architecture.md. An exception that is no longer needed fails, too.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
import importlib
import inspect
from pathlib import Path
import re
import textwrap
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "custom_components" / "butlr"
MODULES = sorted(PACKAGE.rglob("*.py"))
CORE = "homeassistant"
MAX_EXCEPTIONS = 3

# Uses that are left, as (file, use); docs/architecture.md says why.
EXCEPTIONS = {
    ("panel.py", "homeassistant.components.lovelace.const.LOVELACE_DATA"),
    ("push/cloudhook.py", "homeassistant.loader.async_get_loaded_integration"),
    ("push/cloudhook.py", ".get_component"),
}

# Modules that Home Assistant keeps for itself, and names in public modules that are internal.
INTERNAL_MODULES = (
    "homeassistant.components.recorder.auto_repairs",
    "homeassistant.components.recorder.core",
    "homeassistant.components.recorder.db_schema",
    "homeassistant.components.recorder.migration",
    "homeassistant.components.recorder.pool",
    "homeassistant.components.recorder.purge",
    "homeassistant.components.recorder.queries",
    "homeassistant.components.recorder.table_managers",
    "homeassistant.components.recorder.tasks",
    "homeassistant.components.recorder.util",
    "homeassistant.helpers.entity_values",
    "homeassistant.helpers.normalized_name_base_registry",
    "homeassistant.helpers.recorder",
    "homeassistant.loader",
)
INTERNAL_NAMES = {
    ("homeassistant.components.lovelace.const", "LOVELACE_DATA"),
    ("homeassistant.components.recorder.statistics", "get_metadata"),
    ("homeassistant.core_config", "DATA_CUSTOMIZE"),
}
# Attributes of Home Assistant's objects without an underscore that are not documented for integrations either.
INTERNAL_ATTRIBUTES = {
    "async_recorder_ready",
    "async_set_internal",
    "entity_filter",
    "entity_id_parts",
    "get_component",
    "queue_task",
}
# Attributes of Home Assistant's objects that only Home Assistant assigns.
ASSIGNED_BY_CORE = {"last_exception", "last_update_success", "platform_data", "registry_entry"}
# Private names that the developer documentation offers to subclasses.
FOR_SUBCLASSES = re.compile(
    r"_attr_\w+|_unrecorded_attributes|_entity_component_unrecorded_attributes|_trigger_event"
    r"|_abort_if_unique_id_(configured|mismatch)|_async_abort_entries_match|_async_current_(entries|ids)"
    r"|_get_re(auth|configure)_entry|_async_setup|_async_update_data|_async_migrate_func|_async_check"
)
# Public methods and properties that the developer documentation tells integrations to override.
DOCUMENTED_OVERRIDES = {
    "async_added_to_hass",
    "async_entity_id_changed",
    "async_prepare_to_add_to_hass",
    "async_image",
    "async_press",
    "async_set_native_value",
    "async_registry_entry_updated",
    "async_update",
    "async_will_remove_from_hass",
    "available",
    "device_info",
    "entity_picture",
    "event_types",
    "extra_restore_state_data",
    "extra_state_attributes",
    "icon",
    "image",
    "image_last_updated",
    "is_on",
    "last_reset",
    "name",
    "native_unit_of_measurement",
    "native_value",
    "options",
    "translation_placeholders",
    "unique_id",
    # Answers to intents.
    "async_handle",
    # Tools and APIs for language models.
    "async_call",
    "async_get_api_instance",
    "slot_schema",
    # Triggers and conditions: public methods whose own documentation tells subclasses to override them.
    "count_matches",
    "entity_filter",
    "is_valid_state",
    "is_valid_transition",
    "needs_polling",
    # Flows; their steps are named freely. The base class's `async_remove` is an empty notification.
    "async_remove",
    "async_get_options_flow",
    "async_get_supported_subentry_types",
    "is_matching",
}
# What every named tuple has.
NAMED_TUPLE = {"_asdict", "_field_defaults", "_fields", "_make", "_replace"}


def is_private(name: str) -> bool:
    """Return whether a name begins with an underscore and is not one of Python's own."""
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__")) and name != "_"


# -- what a module contains --------------------------------------------------------------------------------------------


def uses(source: str) -> Iterator[str]:
    """Yield every use of private or internal API in the source of a module."""
    tree = ast.parse(textwrap.dedent(source))
    own = defined_names(tree)
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), level=0) if module.split(".")[0] == CORE:
                yield from (f"{module}.{alias.name}" for alias in node.names if is_internal_import(module, alias.name))
            case ast.Import():
                yield from (alias.name for alias in node.names if is_internal_import(*alias.name.rsplit(".", 1)))
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass  # see core_privates_in
            case ast.Attribute(attr=attr) if is_private(attr) and attr not in own | NAMED_TUPLE:
                yield f".{attr}"
            case ast.Attribute(value=ast.Attribute(attr="states"), attr="async_set"):
                yield ".states.async_set"  # an entity writes its own state
            case ast.Attribute(attr=attr) if attr in INTERNAL_ATTRIBUTES:
                yield f".{attr}"
            case ast.Constant(value=str(text)) if text in INTERNAL_ATTRIBUTES:
                yield f".{text}"
            case ast.Call(
                func=ast.Name(id="getattr" | "setattr" | "delattr"), args=[_, ast.Constant(value=str(name)), *_]
            ):
                if is_private(name) and name not in own:
                    yield f".{name}"
        yield from (f".{attr} =" for attr in assigned(node) if attr in ASSIGNED_BY_CORE)


def is_internal_import(module: str, name: str = "") -> bool:
    """Return whether an import takes something from Home Assistant that it keeps for itself."""
    full = f"{module}.{name}".strip(".")
    if full.split(".")[0] != CORE:
        return False
    internal = any(f"{full}.".startswith(f"{known}.") for known in INTERNAL_MODULES)
    return internal or (module, name) in INTERNAL_NAMES or any(map(is_private, full.split(".")))


def assigned(node: ast.AST) -> Iterator[str]:
    """Yield the names of the attributes that a statement assigns or deletes."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.attr


def defined_names(tree: ast.AST) -> set[str]:
    """Return every name that a module defines: functions, classes, fields, and attributes of `self` and `cls`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr, ctx=ast.Store()):
                found.add(attr)
    return found


# -- what a class takes from Home Assistant ----------------------------------------------------------------------------


def core_bases(cls: type) -> list[type]:
    """Return the classes of Home Assistant that a class derives from."""
    return [base for base in cls.__mro__ if base.__module__.split(".")[0] == CORE]


@cache
def core_names(base: type) -> frozenset[str]:
    """Return what a class of Home Assistant defines, including the attributes that it assigns to `self`."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
    except OSError, TypeError:
        return frozenset(vars(base))
    return frozenset(vars(base)) | frozenset(defined_names(tree))


def uses_of_class(cls: type, tree: ast.ClassDef) -> Iterator[str]:
    """Yield the private names of its bases that a class uses, and what it overrides that is not documented."""
    private = {name for base in core_bases(cls) for name in core_names(base) if is_private(name)}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls") | ast.Call(func=ast.Name(id="super")), attr=attr):
                if attr in private and not FOR_SUBCLASSES.fullmatch(attr):
                    yield f".{attr}"
                if attr.startswith("_attr_") and isinstance(node.ctx, ast.Del):
                    yield f"del .{attr}"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = node.name
            overridden = any(name in vars(base) for base in core_bases(cls))
            documented = name in DOCUMENTED_OVERRIDES or FOR_SUBCLASSES.fullmatch(name)
            is_step = name.startswith("async_step_")
            is_python = name.startswith("__") and name.endswith("__")
            if overridden and not (documented or is_step or is_python):
                yield f"override {name}"


def uses_of_classes(module: ModuleType | dict[str, object], source: str) -> Iterator[str]:
    """Yield the same for every class of a module."""
    namespace = vars(module) if isinstance(module, ModuleType) else module
    for node in ast.parse(textwrap.dedent(source)).body:
        if isinstance(node, ast.ClassDef) and isinstance(cls := namespace[node.name], type):
            yield from uses_of_class(cls, node)


def all_uses(module: ModuleType | dict[str, object], source: str) -> set[str]:
    """Return every use of private or internal API in a module."""
    return {*uses(source), *uses_of_classes(module, source)}


# -- the tests ---------------------------------------------------------------------------------------------------------


@cache
def uses_of_file(path: Path) -> frozenset[tuple[str, str]]:
    """Return the uses in a file of the package, as (file, use)."""
    name = str(path.relative_to(PACKAGE))
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    return frozenset((name, use) for use in all_uses(importlib.import_module(dotted), path.read_text()))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_public_api(path: Path) -> None:
    """No file uses private or undocumented API of Home Assistant, except as listed."""
    assert uses_of_file(path) - EXCEPTIONS == set()


def test_exceptions_are_needed() -> None:
    """An exception that is no longer needed is removed, here and in docs/architecture.md; there are few of them."""
    assert EXCEPTIONS - set().union(*map(uses_of_file, MODULES)) == set()
    assert len(EXCEPTIONS) <= MAX_EXCEPTIONS


def test_exceptions_are_documented() -> None:
    """The table in docs/architecture.md lists the same exceptions, each with a reason."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    section = text.partition("\n## Exceptions to public API\n")[2].partition("\n## ")[0]
    assert section
    rows: Iterable[tuple[str, str, str]] = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| (.+) \|$", section, re.MULTILINE)
    assert {(file, use) for file, use, _ in rows} == EXCEPTIONS
    assert all(len(reason) > 20 for _, _, reason in rows)


BAD = {
    "x._listeners": "def f(x): return x._listeners",
    "x.y._selector": "def f(x): return x.y._selector",
    "an attribute by name": "def f(x): return getattr(x, '_state_info', None)",
    "super()._x": """
        from homeassistant.helpers.entity import Entity
        class A(Entity):
            def write(self): super()._async_write_ha_state()
    """,
    "self._x of a base": """
        from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
        class A(DataUpdateCoordinator):
            def is_needed(self): return bool(self._listeners)
    """,
    "an attribute of a base taken for one's own": """
        from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
        class A(DataUpdateCoordinator):
            def start(self): self._listeners = {}
    """,
    "del self._attr_x": """
        from homeassistant.helpers.entity import Entity
        class A(Entity):
            def rename(self): del self._attr_name
    """,
    "an underscored import": "from homeassistant.helpers.entity import _entity_info",
    "an underscored module": "from homeassistant.util._json import x",
    "import as": "import homeassistant.components.recorder.db_schema as tables",
    "recorder tables": "from homeassistant.components.recorder.db_schema import States",
    "recorder tasks": "from homeassistant.components.recorder.tasks import SynchronizeTask",
    "a submodule": "from homeassistant.components.recorder import tasks",
    "recorder sessions": "from homeassistant.components.recorder.util import session_scope",
    "recorder sessions of helpers": "from homeassistant.helpers.recorder import session_scope",
    "recorder queue": "def f(recorder): recorder.queue_task(1)",
    "states past the entity": "def f(hass): hass.states.async_set('sensor.x', '1')",
    "normalized names": "from homeassistant.helpers.normalized_name_base_registry import normalize_name",
    "customize": "from homeassistant.core_config import DATA_CUSTOMIZE",
    "entity values": "from homeassistant.helpers.entity_values import EntityValues",
    "the loader": "from homeassistant.loader import async_get_loaded_integration",
    "a component": "def f(integration): return integration.get_component()",
    "steering a coordinator's log": """
        from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
        class A(DataUpdateCoordinator):
            async def _async_update_data(self): self.last_update_success = True
    """,
    "an undocumented life-cycle method": """
        from homeassistant.helpers.entity import Entity
        class A(Entity):
            def add_to_platform_start(self, hass, platform, parallel_updates): pass
    """,
    "an internal writer": """
        from homeassistant.helpers.entity import Entity
        class A(Entity):
            def _async_write_ha_state(self): pass
    """,
    "a public writer": """
        from homeassistant.helpers.entity import Entity
        class A(Entity):
            def async_write_ha_state(self): pass
    """,
    "a class of our own between": """
        from homeassistant.helpers.entity import Entity
        class A(Entity): pass
        class B(A):
            async def async_internal_added_to_hass(self): pass
    """,
}
GOOD = """
    from collections.abc import Mapping
    from homeassistant.components.recorder import get_instance
    from homeassistant.components.recorder.statistics import async_import_statistics
    from homeassistant.config_entries import ConfigFlow
    from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
    from homeassistant.helpers.entity import Entity

    class Point:
        _x: int = 0
        def __eq__(self, other): return self._x == other._x
        def move(self): self._y = 1

    class Light(Entity):
        _attr_has_entity_name = True
        def __init__(self): self._attr_name, self._own = "x", 1
        async def async_added_to_hass(self): await super().async_added_to_hass()
        @property
        def available(self): return self._own

    class Poll(DataUpdateCoordinator):
        async def _async_update_data(self): return self.last_update_success

    class Flow(ConfigFlow):
        async def async_step_user(self, user_input=None): self._abort_if_unique_id_configured()
"""


def run(source: str) -> dict[str, object]:
    """Return the namespace of a snippet; what cannot be imported is not needed to judge it."""
    namespace: dict[str, object] = {"__name__": "snippet"}
    if "class " in source:
        exec(compile(textwrap.dedent(source), "snippet", "exec"), namespace)  # noqa: S102 - written above
    return namespace


@pytest.mark.parametrize("source", BAD.values(), ids=BAD)
def test_private_api_is_noticed(source: str) -> None:
    """Each of these would fail the test above."""
    assert all_uses(run(source), source)


def test_documented_api_is_accepted() -> None:
    """What the developer documentation shows is no use of private API."""
    assert all_uses(run(GOOD), GOOD) == set()
