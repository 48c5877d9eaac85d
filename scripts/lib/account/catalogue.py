"""All checks that change nothing, in the order in which they run."""

from collections.abc import Iterable, Sequence
from typing import Final

from . import access, doors, equipment, figures, forms, limits, presence, webhooks
from .checks import Check

CHECKS: Final[tuple[Check, ...]] = (
    *access.FIRST,
    *equipment.CHECKS,
    *webhooks.CHECKS,
    *presence.CHECKS,
    *doors.CHECKS,
    *forms.CHECKS,
    *figures.CHECKS,
    *limits.CHECKS,
    *access.LAST,
)


def chosen(names: Iterable[str]) -> Sequence[Check]:
    """Return the checks with some names or name prefixes, and the checks that they depend on.

    Raises:
        ValueError: there is no such check.
    """
    wanted: set[str] = set()
    for name in names:
        known = {check.name for check in CHECKS if check.name == name or check.name.startswith(f"{name}.")}
        if not known:
            raise ValueError(f"unknown check {name}")
        wanted |= known
    while more := {need for check in CHECKS if check.name in wanted for need in check.needs} - wanted:
        wanted |= more
    return [check for check in CHECKS if check.name in wanted] if wanted else CHECKS
