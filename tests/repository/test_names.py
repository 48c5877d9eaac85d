"""One name means one thing: no two modules of the integration define a constant or a class of one name."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PACKAGE = Path(__file__).parents[2] / "custom_components" / "butlr"
# Home Assistant reads these from every platform by name.
REQUIRED_BY_HOME_ASSISTANT: Final = frozenset({"PARALLEL_UPDATES"})


def defined(module: ast.Module) -> Iterator[str]:
    """Yield the constants, classes and type aliases of a module, private ones too."""
    for node in module.body:
        match node:
            case (
                ast.ClassDef(name=name)
                | ast.TypeAlias(name=ast.Name(id=name))
                | ast.AnnAssign(target=ast.Name(id=name))
            ):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_no_name_stands_for_two_things() -> None:
    """A reader who searches for a constant or a class finds one definition."""
    modules: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in set(defined(ast.parse(path.read_text()))):
            modules[name].append(str(path.relative_to(PACKAGE)))
    doubled = {name: paths for name, paths in modules.items() if len(paths) > 1}
    for name in REQUIRED_BY_HOME_ASSISTANT:
        doubled.pop(name, None)
    assert doubled == {}
