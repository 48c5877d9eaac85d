"""Tests of the blueprints, which are in `blueprints/` at the top of the repository."""
