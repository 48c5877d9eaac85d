"""What is known of every space, from polls and pushes alike. Plain Python: nothing here imports Home Assistant.

Begin with `rules.py`, the ten rules. `live.py` holds the tree of spaces and notifies listeners; `evidence.py` keeps the
readings of one space.
"""
