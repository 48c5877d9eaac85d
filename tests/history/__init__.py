"""The import of the past."""
