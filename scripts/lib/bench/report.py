"""What a run leaves behind: the figures as JSON, and their tables in the README."""

from dataclasses import asdict
import json
from pathlib import Path
import re
from typing import Any

from .machine import Machine
from .plan import Plan
from .results import PARSE_ONLY, TEXTBOOK, VARIANTS, Results, Sample, percentile
from .tables import tables

BEGIN, END = "<!-- benchmark:begin -->", "<!-- benchmark:end -->"
CONDITIONS = (
    "One Home Assistant process holds everything in the first table at once; polls were measured before most of it was "
    "added. No recorder, nobody looks at the frontend, log level warning. Each event changes the people of a random "
    "room or zone. Rates with {connections} connections, latencies with one: an event at a time. Medians of {rounds} "
    "rounds in which the variants take turns; ratios are taken round by round. Blocks of the event loop in processor "
    "time."
)


def as_json(machine: Machine, plan: Plan, results: Results) -> str:
    """Return everything that was measured; latencies as their percentiles."""
    document = {
        "machine": asdict(machine),
        "conditions": conditions(plan),
        "plan": asdict(plan),
        "spaces": results.spaces,
        "summary": {
            variant: {
                "events_per_second": results.rate(variant),
                "of_parse_only": results.ratio(variant, PARSE_ONLY),
                "of_parse_only_by_cpu": results.cpu_ratio(variant, PARSE_ONLY),
                "of_textbook": results.ratio(variant, TEXTBOOK),
                "cpu_per_event": results.cpu_per_event(variant),
                "p50": results.latency(variant, 0.5),
                "p99": results.latency(variant, 0.99),
                "states_changed_per_event": results.changes[variant],
            }
            for variant in VARIANTS
        },
        "applied": results.applied,
        "set_ups": {name: asdict(set_up) for name, set_up in results.set_ups.items()},
        "rounds": [{name: _sample(sample) for name, sample in samples.items()} for samples in results.rounds],
        "polls": [[asdict(poll) for poll in polls] for polls in results.polls],
    }
    return json.dumps(_rounded(document), indent=2) + "\n"


def _sample(sample: Sample) -> dict[str, Any]:
    """Return a sample without its thousands of latencies."""
    return {
        "events": sample.events,
        "seconds": sample.seconds,
        "cpu": sample.cpu,
        "latencies": len(sample.latencies),
        "p50": percentile(sample.latencies, 0.5),
        "p99": percentile(sample.latencies, 0.99),
    }


def _rounded(value: Any) -> Any:
    """Return a document with no more digits than were measured."""
    match value:
        case float():
            return float(f"{value:.5g}")
        case dict():
            return {key: _rounded(item) for key, item in value.items()}
        case list() | tuple():
            return [_rounded(item) for item in value]
        case _:
            return value


def conditions(plan: Plan) -> str:
    """Return how it was measured."""
    return CONDITIONS.format(connections=plan.connections, rounds=plan.rounds)


def as_markdown(machine: Machine, plan: Plan, results: Results) -> str:
    """Return the tables for the README."""
    parts = [f"Measured {machine}. {conditions(plan)}"]
    parts += [f"**{table.title}**\n\n{table.markdown()}" for table in tables(results)]
    return "\n\n".join(parts)


def write_between_markers(file: Path, text: str) -> None:
    """Replace what stands between the two markers of a file; raises ValueError when it has none."""
    before = file.read_text()
    pattern = re.compile(f"({re.escape(BEGIN)}\n).*?({re.escape(END)})", re.DOTALL)
    after, found = pattern.subn(lambda match: f"{match[1]}{text}\n{match[2]}", before)
    if not found:
        raise ValueError(f"{file.name} has no {BEGIN} … {END}")
    file.write_text(after)
