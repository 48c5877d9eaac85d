"""A stub of the noise suppression that Home Assistant's voice assistant imports; see `pymicro_vad`."""


class AudioProcessor:
    """Suppress no noise."""
