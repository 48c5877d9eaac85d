"""The polls that run all the time: the estate, occupancy and traffic.

Begin with `estate.py`. The base class of every poll is in `coordinator.py`, one folder up.
"""
