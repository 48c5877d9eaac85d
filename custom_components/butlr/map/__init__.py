"""The floor plan: how it is laid out, how the status of a space is shown, and what the frontend is told.

Begin with topology.py for the frontend, and with svg.py for the picture.
"""
