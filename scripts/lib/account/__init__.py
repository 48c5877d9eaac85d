"""Finds out at the real cloud which of the readings that Butlr's documents leave open hold there.

Begin with `checks`, which says what a check is; `catalogue` lists them all.
"""
