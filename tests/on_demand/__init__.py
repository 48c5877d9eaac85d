"""Tests of `on_demand`."""
