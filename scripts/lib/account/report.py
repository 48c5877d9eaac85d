"""The report: what was found, without anything that identifies the account."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
import json
from pathlib import Path
import textwrap
from typing import Any, Final

from .checks import Check, Verdict

ROOT: Final = Path(__file__).parents[3]
MANIFEST: Final = ROOT / "custom_components" / "butlr" / "manifest.json"
HIDDEN: Final = "(hidden)"
WIDTH: Final = 110
# The fields of GraphQL answers that identify the account. No check writes them; the report makes sure.
IDENTIFYING_FIELDS: Final = frozenset(
    {"id", "mac_address", "serialNumber", "hive_serial", "customID", "org_id", "organization_id", "url", "key", "value"}
    | {"floor_id", "room_id", "site_id", "building_id", "hive_id", "username", "password"}
)
# Characters; shorter texts could be ordinary words.
MIN_HIDDEN_LENGTH: Final = 6


@dataclass(frozen=True, slots=True)
class Result:
    """A check and its verdict."""

    check: Check
    verdict: Verdict


def identifying_texts(node: Any) -> Iterator[str]:
    """Yield the texts of an answer that identify the account."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in IDENTIFYING_FIELDS and isinstance(value, str) and len(value) >= MIN_HIDDEN_LENGTH:
                yield value
            else:
                yield from identifying_texts(value)
    elif isinstance(node, list):
        for item in node:
            yield from identifying_texts(item)


class Report:
    """Collects results and writes them."""

    def __init__(self) -> None:
        """Begin empty."""
        self.results: list[Result] = []
        self._hidden: set[str] = set()

    def hide(self, texts: Iterable[str]) -> None:
        """Keep some texts out of the report, whatever a verdict contains."""
        self._hidden.update(text for text in texts if len(text) >= MIN_HIDDEN_LENGTH)

    def add(self, check: Check, verdict: Verdict) -> Result:
        """Add a result without hidden texts."""
        reading = None if verdict.reading is None else self._clean(verdict.reading)
        result = Result(check, Verdict(reading, self._clean(verdict.evidence)))
        self.results.append(result)
        return result

    def _clean(self, text: str) -> str:
        for hidden in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(hidden, HIDDEN)
        return text

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "report": "butlr-account-report",
            "version": 1,
            "integration": json.loads(MANIFEST.read_text(encoding="utf-8"))["version"],
            "day": datetime.now(UTC).date().isoformat(),
            "checks": [
                {
                    "name": result.check.name,
                    "question": result.check.question,
                    "reading": result.verdict.reading,
                    "evidence": result.verdict.evidence,
                }
                for result in self.results
            ],
        }

    def as_text(self) -> str:
        """Return the report as text."""
        determined = [result for result in self.results if result.verdict.reading is not None]
        undetermined = [result for result in self.results if result.verdict.reading is None]
        lines = [f"Butlr account report, {datetime.now(UTC):%Y-%m-%d}: {summary(self.results)}", ""]
        for title, results in (("Found", determined), ("Not determined", undetermined)):
            if results:
                lines += [title, "-" * len(title), ""]
                lines += [line for result in results for line in (*lines_of(result), "")]
        return "\n".join(lines)

    def write(self, path: Path) -> tuple[Path, Path]:
        """Write both forms side by side; return their paths."""
        text = path.with_suffix(".txt")
        path.write_text(json.dumps(self.as_json(), indent=2) + "\n", encoding="utf-8")
        text.write_text(self.as_text(), encoding="utf-8")
        return path, text


def lines_of(result: Result) -> Sequence[str]:
    """Return a result in words."""
    verdict = result.verdict
    reading = "not determined" if verdict.reading is None else verdict.reading
    return (
        f"{result.check.name}: {reading}",
        *textwrap.wrap(
            f"{result.check.question} {verdict.evidence}", WIDTH, initial_indent="  ", subsequent_indent="  "
        ),
    )


def summary(results: Sequence[Result]) -> str:
    """Return in words how much was found."""
    determined = sum(result.verdict.reading is not None for result in results)
    return f"{len(results)} checks: {determined} determined, {len(results) - determined} not determined"
