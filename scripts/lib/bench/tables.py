"""The figures as tables: for the terminal and for the README."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from rich.table import Table

from .results import LARGEST, MIDDLE, PARSE_ONLY, SMALL, TARGETED, TEXTBOOK, VARIANTS, Results


@dataclass(frozen=True, slots=True)
class Figures:
    """A table: what stands in the first column is a name, the rest are figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def rich(self) -> Table:
        """Return it for the terminal."""
        table = Table(title=self.title, title_justify="left", border_style="dim", header_style="bold")
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="right" if number else "left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """Return it for the README."""
        rule = ["---", *["---:"] * (len(self.columns) - 1)]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in (self.columns, rule, *self.rows))


def tables(results: Results) -> tuple[Figures, ...]:
    """Return all tables of a run."""
    return pushes(results), set_ups(results), polls(results)


def pushes(results: Results) -> Figures:
    """Return what pushes cost, a row a variant."""
    spaces = results.spaces
    names = {
        PARSE_ONLY: "A webhook that only parses JSON",
        TARGETED: f"Nothing but the writes of the one space, {spaces[MIDDLE]:,} spaces",
        SMALL: f"Butlr, {spaces[SMALL]:,} spaces",
        MIDDLE: f"Butlr, {spaces[MIDDLE]:,} spaces",
        LARGEST: f"Butlr, {spaces[LARGEST]:,} spaces ({results.set_ups[LARGEST].entities:,} entities)",
        TEXTBOOK: f"Textbook coordinator, {spaces[MIDDLE]:,} spaces",
    }
    return Figures(
        "Pushes",
        ("", "Events/s", "of parsing only", "by CPU", "CPU per event", "p50", "p99", "States changed per event"),
        tuple(
            (
                names[variant],
                f"{results.rate(variant):,.0f}",
                f"{100 * results.ratio(variant, PARSE_ONLY):.3g} %",
                f"{100 * results.cpu_ratio(variant, PARSE_ONLY):.3g} %",
                _time(results.cpu_per_event(variant)),
                _time(results.latency(variant, 0.5)),
                _time(results.latency(variant, 0.99)),
                f"{results.changes[variant]:.1f}",
            )
            for variant in VARIANTS
        ),
    )


def set_ups(results: Results) -> Figures:
    """Return what set-up takes and what it holds, per 1,000 spaces, beside as many bare entities."""
    names = {"bare": f"Bare entities, as many as {results.spaces[LARGEST]:,} spaces have", LARGEST: "Butlr"}
    return Figures(
        "Set-up, per 1,000 spaces",
        ("", "Entities", "Time", "CPU", "Memory"),
        tuple(
            (
                f"{title}, {item.spaces:,} spaces" if name == LARGEST else title,
                f"{1000 * item.entities / item.spaces:,.0f}",
                _time(1000 * item.seconds / item.spaces),
                _time(1000 * item.cpu / item.spaces),
                f"{1000 * item.memory / item.spaces / 2**20:.1f} MB",
            )
            for name, title in names.items()
            for item in (results.set_ups[name],)
        ),
    )


def polls(results: Results) -> Figures:
    """Return what polls cost: as they are, and the sums per 1,000 spaces."""
    spaces = results.spaces["polled"]

    def rows() -> Iterator[tuple[str, ...]]:
        """Go through the kinds of polls."""
        for what in dict.fromkeys(poll.what for found in results.polls for poll in found):
            kind = results.polls_of(what)
            yield (
                f"{what.capitalize()}, {spaces:,} spaces",
                _time(median(poll.loop_cpu for poll in kind)),
                _time(1000 * median(poll.loop_cpu for poll in kind) / spaces),
                _time(median(poll.longest_block_own for poll in kind)),
                _time(1000 * median(poll.longest_block_own for poll in kind) / spaces),
                _time(max(poll.longest_block_own for poll in kind)),
                _time(max(poll.longest_block_cpu for poll in kind)),
                f"{median(poll.changed for poll in kind):,.0f}",
            )

    columns = (
        "",
        "Event loop CPU",
        "per 1,000 spaces",
        "Longest block",
        "per 1,000 spaces",
        "worst of all",
        "with garbage collection",
        "States changed",
    )
    return Figures("Polls, after people came into 1 % of the spaces", columns, tuple(rows()))


def verdicts(results: Results) -> Figures:
    """Return what is promised, and what was found."""
    middle = f"{results.spaces[MIDDLE]:,} spaces"
    occupancy = results.polls_of("occupancy")
    found = (
        (f"{middle}, of parsing only", "≥ 60 %", f"{100 * results.ratio(MIDDLE, PARSE_ONLY):.1f} %"),
        ("by CPU", "", f"{100 * results.cpu_ratio(MIDDLE, PARSE_ONLY):.1f} %"),
        (f"{middle}, of nothing but writes", "", f"{100 * results.ratio(MIDDLE, TARGETED):.1f} %"),
        (f"{middle}, of the textbook design", "≥ 50 times", f"{results.ratio(MIDDLE, TEXTBOOK):,.0f} times"),
        ("The largest estate, of the small one", "≥ 90 %", f"{100 * results.ratio(LARGEST, SMALL):.1f} %"),
        ("by CPU", "", f"{100 * results.cpu_ratio(LARGEST, SMALL):.1f} %"),
        ("Poll of people, longest block", "≤ 25 ms", _time(max(poll.longest_block_cpu for poll in occupancy))),
        ("Poll of people, event loop in all", "< 200 ms", _time(median(poll.loop_cpu for poll in occupancy))),
    )
    return Figures("Promises", ("", "Promised", "Measured"), found)


def _time(seconds: float) -> str:
    """Return a time with three digits that count, in the unit that suits it."""
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms")):
        if seconds < limit * 0.9995:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds:.3g} s"
