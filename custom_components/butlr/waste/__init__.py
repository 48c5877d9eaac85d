"""Empty but on: how long lights, climate and media of a room's area were on while the room was known to be empty.

Begin with `devices.py`, which says which devices count and when they are on. `today.py` counts as it happens, for the
sensor; `past.py` reads the recorder, for the action. `meter.py`, `spans.py` and `downtime.py` are plain Python.
"""
