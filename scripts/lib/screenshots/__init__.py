"""Take the screenshots of the README and the docs in a real browser."""
