"""In place of the voice detection that Home Assistant's voice assistant imports.

The real package has to be compiled, which a bare machine cannot. Without a module of this name the browser's side of
Home Assistant does not load, voice or not; a demo without a microphone never calls it.
"""


class MicroVad:
    """Detects no voices."""
