"""The estate in Home Assistant's registries: devices, entities, areas and labels.

Begin with `estate.py`, which runs at setup and after every change of the estate.
"""
