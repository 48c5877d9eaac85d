"""The form that the config flow and the options flow share. Begin with `spaces.py`."""
