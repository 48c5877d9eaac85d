"""Values that cost extra requests and are polled only while an entity needs them.

Begin with `coordinator.py`, the base class.
"""
