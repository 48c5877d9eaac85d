"""The import of past hours into Home Assistant's long-term statistics.

Begin with `importer.py`, which decides when to import and writes what Butlr answers. `plan.py` finds the gaps,
`downtime.py` the hours in which Home Assistant was off, and `statistics.py` talks to the recorder. `hours.py` and
`sums.py` are plain Python: sets of hours and the requests for them, and the arithmetic of running sums.
"""
