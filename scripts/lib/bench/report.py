"""Write the results: as JSON, and as the tables of docs/performance.md."""

from datetime import date
import json
import os
from pathlib import Path
import platform
from typing import Any

from .components.butlr_bench.const import BARE, PARSE_ONLY, TEXTBOOK
from .measure import LARGEST, MIDDLE, POLLED, SIZES, SMALL

BEGIN, END = "<!-- benchmark:begin -->\n", "<!-- benchmark:end -->\n"

type Json = dict[str, Any]


def machine() -> Json:
    """Describe this machine, today."""
    info = Path("/proc/cpuinfo").read_text().partition("model name")[2].partition("\n")[0]
    return {
        "date": date.today().isoformat(),  # noqa: DTZ011 - local date
        "processor": info.lstrip("\t :") or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def as_json(document: Json) -> str:
    """Return a document with no more digits than a run can repeat."""
    rounded = json.loads(json.dumps(document), parse_float=lambda text: float(f"{float(text):.4g}"))
    return json.dumps(rounded, indent=2) + "\n"


def as_markdown(document: Json) -> str:
    """Return the tables."""
    where, spaces, designs, polls = (document[key] for key in ("machine", "spaces", "designs", "polls"))
    names = {PARSE_ONLY: "Parsing only", BARE: f"Bare writes, {spaces[LARGEST]:,} spaces"}
    names |= {size: f"Butlr, {spaces[size]:,} spaces" for size in SIZES}
    names[TEXTBOOK] = f"The textbook, {spaces[MIDDLE]:,} spaces"
    software = f"Home Assistant {document['home_assistant']}, Python {where['python']}"
    lines = [
        f"Measured on {where['date']} with {software}, {where['processor']}, {where['cores']} cores.\n",
        "| Spaces | Events per second | Processor time per event | p50 | p99 |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in document["rates"]:
        latencies = f"{1e3 * one['p50']:.2f} ms | {1e3 * one['p99']:.1f} ms"
        cpu = f"{1e6 * one['cpu_per_event']:,.0f} µs"
        lines.append(f"| {spaces[one['size']]:,} | {one['events_per_second']} | {cpu} | {latencies} |")
    lines += [
        f"\n| | Processor time per event | of parsing only | of bare writes | of {spaces[SMALL]} spaces |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for key, name in names.items():
        shares = " | ".join(f"{100 * designs[key][f'of_{to}']:.3g} %" for to in (PARSE_ONLY, BARE, SMALL))
        lines.append(f"| {name} | {1e6 * designs[key]['cpu_per_event']:,.0f} µs | {shares} |")
    lines += [
        "\n| Set-up, per 1,000 spaces | Entities | Time | Processor time | Memory |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, one in zip(("Butlr", "Bare entities"), document["set_up"].values(), strict=True):
        times = f"{one['seconds']:.2f} s | {one['cpu']:.2f} s"
        lines.append(f"| {name} | {one['entities']:,.0f} | {times} | {one['memory'] / 2**20:.0f} MB |")
    blocks = (f"{1e3 * polls[key]:.1f} ms" for key in ("longest_block", "with_collections"))
    lines += [
        f"\n| Polls of {spaces[POLLED]:,} spaces | Longest block | with garbage collection |",
        "| --- | ---: | ---: |",
        f"| Processor time of the event loop | {' | '.join(blocks)} |",
    ]
    lines += [
        f"\n| Over MQTT, {spaces[SMALL]} spaces: events per second | First, p50 | Second, p50 | Second, p99 |",
        "| ---: | ---: | ---: | ---: |",
    ]
    for one in document["mqtt"]["rates"]:
        first, second = one["first"], one["second"]
        delays = f"{1e3 * first['p50']:.2f} ms | {1e3 * second['p50']:.2f} ms | {1e3 * second['p99']:.1f} ms"
        lines.append(f"| {one['events_per_second']} | {delays} |")
    lines.append(f"| as many as possible: {document['mqtt']['throughput']:,.0f} | | | |")
    return "\n".join(lines)


def write_between_markers(file: Path, text: str) -> None:
    """Replace the text between the two markers of a file; raise ValueError if it has none."""
    before, begin, rest = file.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{file.name} has no {BEGIN.strip()} … {END.strip()}")
    file.write_text(f"{before}{begin}{text}\n{end}{after}")
