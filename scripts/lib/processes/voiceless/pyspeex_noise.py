"""In place of the noise suppression that Home Assistant's voice assistant imports; see `pymicro_vad`."""


class AudioProcessor:
    """Suppresses no noise."""
