"""The current state of every space, from polls and pushes. Plain Python: nothing here imports Home Assistant.

Begin with `rules.py`: the ten rules, and what they decide. `evidence.py` keeps the readings of one space, `space.py`
holds the tree of spaces, and `live.py` applies readings and notifies listeners.
"""
