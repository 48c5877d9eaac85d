"""What a check is: one open question, how the cloud is asked, and what came of it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
import re
from typing import Any, Final

from custom_components.butlr.api.errors import ButlrError

from .account import Account

# What may stand in a report of all that a cloud writes: names of fields, codes and values of enumerations. Ids are
# longer or have digits; what a customer typed is never given to `word`.
_WORD: Final = re.compile(r"_{0,2}[A-Za-z][A-Za-z_]{0,29}|[A-Z_]{1,30}_1M(?:IN)?")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The reading that holds, None where it could not be told, and in one line why."""

    reading: str | None
    evidence: str


def unclear(why: str) -> Verdict:
    """Return the verdict that it could not be told."""
    return Verdict(None, why)


@dataclass(frozen=True, slots=True)
class Check:
    """One open question about the cloud."""

    name: str
    question: str
    ask: Callable[[Account], Awaitable[Verdict]]
    needs: tuple[str, ...] = ()
    """The checks whose readings it goes by."""

    async def run(self, account: Account) -> Verdict:
        """Ask; what goes wrong is a verdict too, so that the others go on."""
        try:
            return await self.ask(account)
        except ButlrError as err:
            return unclear(f"the question was not answered: {type(err).__name__}, {err}")
        except Exception as err:  # noqa: BLE001 - a cloud may answer anything, and the others shall go on
            return unclear(f"the answer was not understood: {type(err).__name__}")


def word(value: Any) -> str:
    """Return a word that the cloud wrote as it may stand in a report."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "another word"


def words(values: Iterable[Any]) -> str:
    """Return words that the cloud wrote, in order, each once; nothing is `none`."""
    return ", ".join(dict.fromkeys(map(word, sorted(set(values), key=str)))) or "none"


def tally(values: Iterable[Any]) -> str:
    """Count values by what they are: `Wired 3, null 200`."""
    counted = Counter("null" if value is None else "empty" if value == "" else word(value) for value in values)
    return ", ".join(f"{name} {number}" for name, number in sorted(counted.items())) or "none"


def many(number: int, one: str, more: str | None = None) -> str:
    """Return a number of things in words: `1 room`, `2 rooms`."""
    return f"{number} {one if number == 1 else more or one + 's'}"
