"""The parts of the benchmark that need no Home Assistant: estates, events and tables."""

from itertools import islice
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.butlr.api.events import OccupancyEvent, parse_event
from scripts.lib.bench.components.butlr_bench.const import BARE, PARSE_ONLY, TEXTBOOK
from scripts.lib.bench.estates import MAX_PEOPLE, Size, at_least, count_spaces, events
from scripts.lib.bench.measure import LARGEST, MIDDLE, POLLED, SIZES, SMALL, percentiles
from scripts.lib.bench.report import BEGIN, END, as_json, as_markdown, write_between_markers
from tests.simulator.blueprint import draw_estate

ROOT = Path(__file__).parents[2]
ROOMS, SEED = 20, 7
SPACES = {SMALL: 200, MIDDLE: 2000, LARGEST: 2800, POLLED: 3000}
CPU = {PARSE_ONLY: 100e-6, BARE: 200e-6, SMALL: 245e-6, MIDDLE: 250e-6, LARGEST: 256e-6, TEXTBOOK: 0.1}


@pytest.fixture
def document() -> dict[str, Any]:
    """Return a document such as a run writes."""
    return {
        "machine": {"date": "2026-11-26", "processor": "A processor", "cores": 2, "python": "3.14.8"},
        "home_assistant": "2026.10.4",
        "spaces": SPACES,
        "rates": [
            {"size": size, "events_per_second": rate, "cpu_per_event": 6e-4, "p50": 1e-3, "p99": 4e-3}
            for rate in (10, 50, 200)
            for size in SIZES
        ],
        "designs": {
            name: {
                "cpu_per_event": cpu,
                "of_parse_only": CPU[PARSE_ONLY] / cpu,
                "of_bare": CPU[BARE] / cpu,
                "of_small": CPU[SMALL] / cpu,
            }
            for name, cpu in CPU.items()
        },
        "set_up": {
            name: {"entities": 3600.0, "seconds": 2.5, "cpu": 2.0, "memory": 40.0 * 2**20} for name in (LARGEST, BARE)
        },
        "polls": {"longest_block": 0.0123456, "with_collections": 0.05},
        "mqtt": {
            "rates": [
                {"events_per_second": 10, "first": {"p50": 1e-3, "p99": 2e-3}, "second": {"p50": 3e-3, "p99": 4e-3}}
            ],
            "throughput": 1234.5,
        },
    }


def test_every_body_is_an_event_that_changes_a_count() -> None:
    """One person enters or leaves a room or zone of the estate; the same size yields the same events."""
    size = Size(ROOMS, SEED, 0)
    estate = draw_estate(ROOMS, SEED)
    people: dict[str, int] = {}
    again = [(space_id, count) for space_id, count, _ in islice(events(size), 400)]
    for number, (space_id, count, body) in enumerate(islice(events(size), 400)):
        assert (space_id, count) == again[number]
        event, organization_id = parse_event(body)
        assert organization_id == estate.id
        assert isinstance(event, OccupancyEvent)
        assert (event.space.id, event.people) == (space_id, count)
        assert space_id in estate.rooms or space_id in estate.zones
        if space_id in people:
            assert abs(count - people[space_id]) == 1
        assert 0 <= count <= MAX_PEOPLE
        people[space_id] = count


def test_sizes() -> None:
    """The smallest estate that is large enough is chosen."""
    size = at_least(60, SEED)
    assert size.spaces == count_spaces(draw_estate(size.rooms, SEED)) >= 60
    assert count_spaces(draw_estate(size.rooms - 1, SEED)) < 60


def test_percentiles() -> None:
    """The 99th percentile of few values is the largest."""
    assert percentiles([3.0, 1.0, 2.0]) == {"p50": 2.0, "p99": 3.0}


def test_tables(document: dict[str, Any], tmp_path: Path) -> None:
    """The tables replace those of the last run and leave the rest of the page alone."""
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{BEGIN}of the last run\n{END}after\n")
    write_between_markers(page, as_markdown(document))
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}Measured on 2026-11-26 with Home Assistant 2026.10.4")
    assert text.endswith(f"\n{END}after\n")
    assert "of the last run" not in text
    for row in (
        "| 2,000 | 200 | 600 µs | 1.00 ms | 4.0 ms |",
        "| Butlr, 2,000 spaces | 250 µs | 40 % | 80 % | 98 % |",
        "| Butlr | 3,600 | 2.50 s | 2.00 s | 40 MB |",
        "| Processor time of the event loop | 12.3 ms | 50.0 ms |",
        "| 10 | 1.00 ms | 3.00 ms | 4.0 ms |",
        "| as many as possible: 1,234 | | | |",
    ):
        assert row in text.splitlines()
    page.write_text("no markers")
    with pytest.raises(ValueError, match="has no"):
        write_between_markers(page, "")


def test_json_has_few_digits(document: dict[str, Any]) -> None:
    """Four digits are more than a run can repeat."""
    assert json.loads(as_json(document))["polls"]["longest_block"] == 0.01235


def test_the_page_shows_the_results() -> None:
    """The tables of docs/performance.md are those of docs/benchmark.json."""
    document = json.loads((ROOT / "docs" / "benchmark.json").read_text())
    assert f"{BEGIN}{as_markdown(document)}\n{END}" in (ROOT / "docs" / "performance.md").read_text()


def test_the_results_keep_the_limits() -> None:
    """A push costs at most a third more than bare writes, and as much in a large estate as in a small one.

    Over MQTT, an event becomes a state of the second Home Assistant in less than 100 ms.
    """
    results = json.loads((ROOT / "docs" / "benchmark.json").read_text())
    for size in SIZES:
        assert results["designs"][size]["of_bare"] >= 0.75, size
        assert results["designs"][size]["of_small"] == pytest.approx(1, abs=0.1), size
    assert results["polls"]["longest_block"] <= 0.025
    for one in results["mqtt"]["rates"]:
        assert one["second"]["p50"] < 0.1
