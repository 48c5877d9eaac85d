"""The output of the demo: a live table in a terminal, and plain lines elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
import contextlib
from dataclasses import dataclass
import time

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from scripts.lib.processes.config_folder import CLIENT_ID, Identity
from scripts.lib.processes.simulator_process import Space

from .watcher import Spread, StateWatcher

# How long a change is marked, in seconds.
_MARKED = 2.0
_INDENT = {"floor": "", "room": "  ", "zone": "  · "}
_WIDTH = 100
# Lines that are not rows of the table.
_OTHER_LINES = 15


class Steps:
    """Shows the current step, and the duration of each."""

    def __init__(self, console: Console, progress: Progress, total: int) -> None:
        """Start with no step done."""
        self._console = console
        self._progress = progress
        self._bar = progress.add_task("", total=total)

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show a step while it runs, and its duration when it is done."""
        start = time.monotonic()
        self.begin(what)
        yield
        self.finish(what, f"{time.monotonic() - start:.1f} s")

    def begin(self, what: str) -> None:
        """Show the current step."""
        self._progress.update(self._bar, description=what)

    def finish(self, what: str, details: str, *, good: bool = True) -> None:
        """Show that a step is done, and its result."""
        mark = ("✓ ", "green") if good else ("✗ ", "bold red")
        self._progress.advance(self._bar)
        self._console.print(Text.assemble(mark, what, " ", (details, "dim")), highlight=False, soft_wrap=True)


class Terminal:
    """Renders the output."""

    def __init__(self) -> None:
        """Use standard output."""
        console = Console()
        # Rich would use 80 columns if the output is not a terminal.
        self.console = console if console.is_terminal else Console(width=_WIDTH)

    @contextlib.contextmanager
    def steps(self, total: int) -> Iterator[Steps]:
        """Show a progress bar for a number of steps."""
        columns = (
            SpinnerColumn(),
            BarColumn(20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
        )
        interactive = self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=not interactive) as progress:
            yield Steps(self.console, progress, total)

    def welcome(self, url: str, cloud_url: str, identity: Identity) -> RenderableType:
        """Return how to log in, and what is needed to add the integration by hand."""
        lines = Text.assemble(
            ("Home Assistant   ", "dim"),
            (url, "bold cyan"),
            ("    user ", "dim"),
            (identity.user, "bold"),
            ("   password ", "dim"),
            (identity.password, "bold"),
            "\n",
            ("Live floor maps  ", "dim"),
            (f"{url}/butlr", "bold cyan"),
            "\n",
            ("Butlr simulator  ", "dim"),
            cloud_url,
            ("    truth at ", "dim"),
            "/_sim/truth",
            "\n",
            ("To add it by hand: client ID ", "dim"),
            (CLIENT_ID, "bold"),
            ("   client secret ", "dim"),
            (identity.client_secret, "bold"),
            "\n",
            ("                   under Advanced, the address of the simulator", "dim"),
        )
        return Panel(lines, title="Butlr demo", border_style="cyan")

    def table(self, spaces: Sequence[Space], watcher: StateWatcher, *, whole: bool) -> Table:
        """Return the spaces with their states: all of them, or as many as fit into the terminal."""
        shown = list(spaces)
        if not whole and len(spaces) > (room := max(self.console.height - _OTHER_LINES, 5)):
            # Floors first, then the latest changes.
            def importance(space: Space) -> tuple[bool, float]:
                return space.kind == "floor", watcher.changed_at.get(space.id, 0.0)

            chosen = {space.id for space in sorted(spaces, key=importance, reverse=True)[:room]}
            shown = [space for space in spaces if space.id in chosen]
        left_out = len(spaces) - len(shown)
        caption = f"… and {left_out} more without recent changes" if left_out else None
        table = Table(caption=caption, expand=True, border_style="dim", header_style="bold")
        table.add_column("Space", ratio=1, no_wrap=True)
        for name in ("People", "Occupied", "Motion", "In", "Out"):
            table.add_column(name, justify="right", no_wrap=True)
        for space in shown:
            table.add_row(*_row(space, watcher))
        return table

    def status(self, watcher: StateWatcher, mode: str | None, remaining: float | None) -> Text:
        """Return one line about the connection."""
        spread = watcher.delays.spread()
        delay = f"{spread.median:.0f} ms ({spread.samples})" if spread else "-"
        deliveries = watcher.deliveries
        line = Text.assemble(
            (f" {mode or 'starting'} ", "black on green" if mode == "push" else "black on yellow"),
            ("  events sent ", "dim"),
            str(deliveries.sent),
            ("  pushes received ", "dim"),
            str(deliveries.acknowledged),
            ("  median delay ", "dim"),
            delay,
        )
        line.append("  Ctrl-C ends" if remaining is None else f"  {max(remaining, 0):.0f} s left", "dim")
        return line

    def live(
        self,
        welcome: RenderableType,
        spaces: Sequence[Space],
        watcher: StateWatcher,
        mode: str | None,
        remaining: float | None,
    ) -> Group:
        """Return everything that the terminal shows."""
        return Group(welcome, self.table(spaces, watcher, whole=False), self.status(watcher, mode, remaining))

    def summary(self, title: str, rows: Mapping[str, str], faults: Sequence[str], notes: Sequence[str]) -> None:
        """Print the summary."""
        table = Table(title=title, show_header=False, border_style="dim", title_style="bold")
        for name, value in rows.items():
            table.add_row(name, value)
        self.console.print(table)
        for note in notes:
            self.console.print(Text(f"before the poll: {note}", "dim"), soft_wrap=True)
        for fault in faults:
            self.console.print(Text.assemble(("✗ ", "bold red"), fault), soft_wrap=True)


@dataclass(frozen=True, slots=True)
class _Cell:
    """The text for a state."""

    text: str
    style: str


_CELLS: Mapping[str, _Cell] = {
    "on": _Cell("yes", "bold green"),
    "off": _Cell("no", "dim"),
    "unknown": _Cell("?", "dim"),
    "unavailable": _Cell("offline", "red"),
}


def _row(space: Space, watcher: StateWatcher) -> list[Text]:
    """Return the cells of a space, marked after a change."""
    changed = time.time() - watcher.changed_at.get(space.id, 0.0) < _MARKED
    name = Text(_INDENT[space.kind] + space.name, style="bold" if space.kind == "floor" else "")
    if changed:
        name.append(" ●", "yellow")
    cells = [name]
    for key in ("people", "occupancy", "motion", "entries_today", "exits_today"):
        state = watcher.value(space.id, key)
        if state is None and key == "people":
            # A space with only traffic sensors shows its estimate instead.
            state = watcher.value(space.id, "people_estimate")
            state = f"~{state}" if state and state.isdecimal() else state
        cell = _Cell("", "") if state is None else _CELLS.get(state, _Cell(state, "bold yellow" if changed else ""))
        cells.append(Text(cell.text, cell.style))
    return cells


def milliseconds(spread: Spread | None) -> tuple[str, str]:
    """Return the median, and the rest of the distribution, as text."""
    if spread is None:
        return "-", "no samples"
    return f"{spread.median:.1f} ms", f"p95 {spread.p95:.1f} ms, worst {spread.worst:.1f} ms, {spread.samples} samples"
