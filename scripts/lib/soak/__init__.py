"""Watch a page with floor maps for a long time, while events arrive."""
