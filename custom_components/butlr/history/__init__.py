"""The import of past hours into long-term statistics.

Begin with `importer.py`. `plan.py` finds the gaps, `statistics.py` talks to the recorder.
"""
