"""Find out how the real cloud behaves where Butlr's documentation is unclear.

Begin with `checks`, which defines a check; `catalogue` lists all of them.
"""
