"""Arithmetic of spans of time, against sets of seconds."""

import random

import pytest

from custom_components.butlr.waste.spans import intersection, seconds, spans_of, union, without


def as_set(spans: list[tuple[float, float]]) -> set[int]:
    """Return the seconds of some spans."""
    return {second for start, end in spans for second in range(int(start), int(end))}


@pytest.mark.random_seeds
def test_spans_are_sets_of_seconds(seed: int) -> None:
    """Every operation is that of sets, and its result is ascending and disjoint."""
    generator = random.Random(seed)
    for _ in range(300):
        first, second = (
            union(
                (start, start + generator.randint(1, 9))
                for start in generator.choices(range(60), k=generator.randint(0, 6))
            )
            for _ in range(2)
        )
        results = {
            "intersection": (intersection(first, second), as_set(first) & as_set(second)),
            "without": (without(first, second), as_set(first) - as_set(second)),
            "union": (union([*second, *first]), as_set(first) | as_set(second)),
        }
        for name, (found, expected) in results.items():
            assert as_set(found) == expected, (name, first, second)
            assert seconds(found) == len(expected), name
            assert found == sorted(found), name


def test_spans_of_changes() -> None:
    """Only the value that is asked for, within the period, and until its end."""
    changes = [(0.0, True), (5.0, None), (7.0, True), (9.0, False), (20.0, True)]
    assert spans_of(changes, True, 2, 30) == [(2, 5), (7, 9), (20, 30)]
    assert spans_of(changes, False, 2, 12) == [(9, 12)]
    assert spans_of([], True, 0, 9) == []
