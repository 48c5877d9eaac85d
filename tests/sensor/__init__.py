"""Tests of `sensor`."""
