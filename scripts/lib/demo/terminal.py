"""What the demo shows in the terminal; plain lines where the output is no terminal."""

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

_FRESH = 2.0
_INDENT = {"floor": "", "room": "  ", "zone": "  · "}
_WIDTH = 100
# Lines of the screen that are not rows of the table.
_AROUND = 15


class Steps:
    """Says what is being started, and how long each step took."""

    def __init__(self, console: Console, progress: Progress, total: int) -> None:
        """Begin with nothing done."""
        self._console = console
        self._progress = progress
        self._bar = progress.add_task("", total=total)

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show a step while it lasts, and that it is done."""
        begun = time.monotonic()
        self.begin(what)
        yield
        self.tell(what, f"{time.monotonic() - begun:.1f} s")

    def begin(self, what: str) -> None:
        """Show what is being done."""
        self._progress.update(self._bar, description=what)

    def tell(self, what: str, details: str, *, good: bool = True) -> None:
        """Show that something is done, and how it went."""
        mark = ("✓ ", "green") if good else ("✗ ", "bold red")
        self._progress.advance(self._bar)
        self._console.print(Text.assemble(mark, what, " ", (details, "dim")), highlight=False, soft_wrap=True)


class Terminal:
    """Draws; knows nothing of where things come from."""

    def __init__(self) -> None:
        """Draw on standard output."""
        console = Console()
        # Without a terminal to measure, rich takes 80 columns.
        self.console = console if console.is_terminal else Console(width=_WIDTH)

    @contextlib.contextmanager
    def steps(self, total: int) -> Iterator[Steps]:
        """Show a progress bar while things start."""
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
        """Return how to get in, and what it takes to add the integration once more by hand."""
        lines = Text.assemble(
            ("Home Assistant   ", "dim"),
            (url, "bold cyan"),
            ("    user ", "dim"),
            (identity.user, "bold"),
            ("   password ", "dim"),
            (identity.password, "bold"),
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
        """Return the spaces with their states; all of them, or as many as the terminal has room for."""
        shown = list(spaces)
        if not whole and len(spaces) > (room := max(self.console.height - _AROUND, 5)):
            # Floors, and what changed last.
            def importance(space: Space) -> tuple[bool, float]:
                return space.kind == "floor", watcher.changed_at.get(space.id, 0.0)

            chosen = {space.id for space in sorted(spaces, key=importance, reverse=True)[:room]}
            shown = [space for space in spaces if space.id in chosen]
        left_out = len(spaces) - len(shown)
        caption = f"… and {left_out} more that did not change lately" if left_out else None
        table = Table(caption=caption, expand=True, border_style="dim", header_style="bold")
        table.add_column("Space", ratio=1, no_wrap=True)
        for name in ("People", "Occupied", "Motion", "In", "Out"):
            table.add_column(name, justify="right", no_wrap=True)
        for space in shown:
            table.add_row(*_row(space, watcher))
        return table

    def status(self, watcher: StateWatcher, mode: str | None, remaining: float | None) -> Text:
        """Return one line about the link."""
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
        """Return the whole picture."""
        return Group(welcome, self.table(spaces, watcher, whole=False), self.status(watcher, mode, remaining))

    def summary(self, title: str, figures: Mapping[str, str], faults: Sequence[str], notes: Sequence[str]) -> None:
        """Print the end of the demo."""
        table = Table(title=title, show_header=False, border_style="dim", title_style="bold")
        for name, value in figures.items():
            table.add_row(name, value)
        self.console.print(table)
        for note in notes:
            self.console.print(Text(f"until the poll: {note}", "dim"), soft_wrap=True)
        for fault in faults:
            self.console.print(Text.assemble(("✗ ", "bold red"), fault), soft_wrap=True)


@dataclass(frozen=True, slots=True)
class _Cell:
    """How a state reads."""

    word: str
    style: str


_WORDS: Mapping[str, _Cell] = {
    "on": _Cell("yes", "bold green"),
    "off": _Cell("no", "dim"),
    "unknown": _Cell("?", "dim"),
    "unavailable": _Cell("offline", "red"),
}


def _row(space: Space, watcher: StateWatcher) -> list[Text]:
    """Return the cells of a space, marked while a change is fresh."""
    fresh = time.time() - watcher.changed_at.get(space.id, 0.0) < _FRESH
    name = Text(_INDENT[space.kind] + space.name, style="bold" if space.kind == "floor" else "")
    if fresh:
        name.append(" ●", "yellow")
    cells = [name]
    for key in ("people", "occupancy", "motion", "entries_today", "exits_today"):
        state = watcher.value(space.id, key)
        if state is None and key == "people":
            # A space that only counts crossings: its estimate stands where the people would.
            state = watcher.value(space.id, "people_estimate")
            state = f"~{state}" if state and state.isdecimal() else state
        word = _Cell("", "") if state is None else _WORDS.get(state, _Cell(state, "bold yellow" if fresh else ""))
        cells.append(Text(word.word, word.style))
    return cells


def milliseconds(spread: Spread | None) -> tuple[str, str]:
    """Return median and the rest as words."""
    if spread is None:
        return "-", "no samples"
    return f"{spread.median:.1f} ms", f"p95 {spread.p95:.1f} ms, worst {spread.worst:.1f} ms, {spread.samples} samples"
