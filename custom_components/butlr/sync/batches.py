"""Work through thousands of items without blocking the event loop."""

import asyncio
from collections.abc import AsyncIterator, Iterable
import itertools
from typing import Final

# How many devices or entities are processed before other tasks get a turn.
REGISTRY_BATCH_SIZE: Final = 20


async def in_batches[T](items: Iterable[T]) -> AsyncIterator[tuple[T, ...]]:
    """Yield items in batches and let other tasks run after each batch."""
    for batch in itertools.batched(items, REGISTRY_BATCH_SIZE, strict=False):
        yield batch
        await asyncio.sleep(0)
