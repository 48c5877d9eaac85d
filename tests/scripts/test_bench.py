"""The benchmark, as far as it goes without a Home Assistant: its bodies, its tables."""

import json
from pathlib import Path

import pytest

from custom_components.butlr.api.events import OccupancyEvent, parse_event
from scripts.lib.bench.bodies import MOST_PEOPLE, Walk, templates_of
from scripts.lib.bench.connection import head_of
from scripts.lib.bench.machine import Machine
from scripts.lib.bench.plan import QUICK
from scripts.lib.bench.report import BEGIN, END, as_json, as_markdown, write_between_markers
from scripts.lib.bench.results import (
    LARGEST,
    MIDDLE,
    PARSE_ONLY,
    SMALL,
    TARGETED,
    TEXTBOOK,
    VARIANTS,
    Poll,
    Results,
    Sample,
    SetUp,
)
from scripts.lib.bench.sizes import at_least, count_spaces
from tests.simulator.blueprint import draw_estate

ROOMS, SEED = 20, 7
MACHINE = Machine("2026-11-25", "A processor", 2, "Linux", "3.14.8", "2026.10.4")


@pytest.fixture
def results() -> Results:
    """Return what a run of two rounds might find, on a machine that was half as fast in the second."""
    rates = {PARSE_ONLY: 4000, TARGETED: 2800, SMALL: 2600, MIDDLE: 2500, LARGEST: 2500, TEXTBOOK: 20}

    def samples(share: float) -> dict[str, Sample]:
        """Return a round."""
        return {
            name: Sample(round(rate * share * 3), 3.0, 3.0, (1 / rate / share, 0.5)) for name, rate in rates.items()
        }

    return Results(
        spaces={SMALL: 200, MIDDLE: 2000, LARGEST: 2744, "polled": 3000},
        set_ups={name: SetUp(2744, 10_000, 10.0, 9.0, 200 * 2**20) for name in (LARGEST, "bare")},
        rounds=[samples(1.0), samples(0.5)],
        polls=[[Poll("occupancy", succeeded=True, **dict.fromkeys(FIGURES, 0.012), turns=90, changed=60)]],
        changes=dict.fromkeys(VARIANTS, 2.5),
        applied=1.0,
    )


FIGURES = (
    "seconds",
    "loop_cpu",
    "process_cpu",
    "longest_block",
    "longest_block_cpu",
    "longest_block_own",
    "longest_collection",
)


def test_every_body_is_an_event_that_changes_a_count() -> None:
    """People come and go one by one in rooms and zones that the estate has; the same seed writes the same events."""
    estate = draw_estate(ROOMS, SEED)
    templates = templates_of(ROOMS, SEED)
    walk, again = Walk(templates), Walk(templates)
    people: dict[str, int] = {}
    for timestamp in range(1_700_000_000_000, 1_700_000_000_400):
        body = walk.next(timestamp)
        assert body == again.next(timestamp)
        event, organization_id = parse_event(body)
        assert organization_id == estate.id
        assert isinstance(event, OccupancyEvent)
        assert event.timestamp == timestamp / 1000
        space_id = event.space.id
        assert space_id is not None
        assert space_id in estate.rooms or space_id in estate.zones
        assert abs(event.people - people.get(space_id, 0)) == 1
        assert 0 <= event.people <= MOST_PEOPLE
        people[space_id] = event.people
    assert len(people) == len(templates)


def test_sizes() -> None:
    """The smallest estate that is large enough."""
    size = at_least(60, SEED)
    assert size.spaces == count_spaces(draw_estate(size.rooms, SEED)) >= 60
    assert count_spaces(draw_estate(size.rooms - 1, SEED)) < 60


def test_requests_carry_the_secret() -> None:
    """The length comes last, so that the body can follow."""
    head = head_of("http://127.0.0.1:8123/api/webhook/abc", "X-Secret", "s3cret").decode().split("\r\n")
    assert head[0] == "POST /api/webhook/abc HTTP/1.1"
    assert "Host: 127.0.0.1:8123" in head
    assert "X-Secret: s3cret" in head
    assert head[-1] == "Content-Length: "


def test_ratios_are_taken_round_by_round(results: Results) -> None:
    """A machine that is slow for a while slows all variants."""
    assert results.ratio(MIDDLE, PARSE_ONLY) == pytest.approx(0.625)
    assert results.ratio(MIDDLE, TEXTBOOK) == pytest.approx(125)
    assert results.rate(PARSE_ONLY) == pytest.approx(3000)


def test_what_a_run_leaves_behind(results: Results, tmp_path: Path) -> None:
    """Tables for people between the markers, and every figure for programs."""
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nof the last run\n{END}\nafter\n")
    write_between_markers(readme, as_markdown(MACHINE, QUICK, results))
    text = readme.read_text()
    assert text.startswith(f"before\n{BEGIN}\nMeasured 2026-11-25, A processor, 2 cores")
    assert text.endswith(f"\n{END}\nafter\n")
    assert "of the last run" not in text
    assert "| Butlr, 2,000 spaces | 1,875 | 62.5 % | 62.5 % | 600 µs |" in text
    assert "| Occupancy, 3,000 spaces | 12 ms | 4 ms |" in text
    document = json.loads(as_json(MACHINE, QUICK, results))
    assert document["machine"]["processor"] == "A processor"
    assert document["summary"][MIDDLE]["of_textbook"] == 125
    assert [samples[MIDDLE]["events"] for samples in document["rounds"]] == [7500, 3750]
    readme.write_text("no markers")
    with pytest.raises(ValueError, match="has no"):
        write_between_markers(readme, "")
