"""A stub of the voice detection that Home Assistant's voice assistant imports.

The real package has to be compiled, and not every machine has a compiler. Home Assistant's frontend does not load
without a module of this name. Nothing here calls it.
"""


class MicroVad:
    """Detect no voices."""
