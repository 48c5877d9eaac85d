"""What is known about people, where it is stored and who gets it. Begin with `report.py`.

`facts.py` counts, for the report and for diagnostics; `report.py` says it in words.
"""
