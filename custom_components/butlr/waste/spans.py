"""Arithmetic of spans of time: each is from a start to an end (Unix seconds), ascending and disjoint. Plain Python."""

from collections.abc import Iterable, Iterator, Sequence
import itertools

type Span = tuple[float, float]
type Spans = Sequence[Span]


def spans_of[ValueT](changes: Iterable[tuple[float, ValueT]], wanted: ValueT, start: float, end: float) -> list[Span]:
    """Return when something had a value in [start, end), from its changes, the oldest first."""
    found = []
    for (since, value), (until, _) in itertools.pairwise([*changes, (end, None)]):
        begin, stop = max(since, start), min(until, end)
        if value == wanted and begin < stop:
            found.append((begin, stop))
    return found


def union(spans: Iterable[Span]) -> list[Span]:
    """Return what is in at least one of some spans, which may overlap and have any order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def intersection(first: Spans, second: Spans) -> list[Span]:
    """Return what is in both."""
    return list(_overlaps(first, second))


def _overlaps(first: Spans, second: Spans) -> Iterator[Span]:
    one = other = 0
    while one < len(first) and other < len(second):
        start, end = max(first[one][0], second[other][0]), min(first[one][1], second[other][1])
        if start < end:
            yield start, end
        if first[one][1] < second[other][1]:
            one += 1
        else:
            other += 1


def without(spans: Spans, excluded: Spans) -> list[Span]:
    """Return what is in some spans, but not in others."""
    if not spans:
        return []
    start, end = spans[0][0], spans[-1][1]
    edges = [start, *itertools.chain.from_iterable(excluded), end]
    return intersection(
        spans, [(since, until) for since, until in itertools.batched(edges, 2, strict=True) if since < until]
    )


def seconds(spans: Iterable[Span]) -> float:
    """Return how long some spans are together."""
    return sum(end - start for start, end in spans)
