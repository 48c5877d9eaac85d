"""Tests of `map`."""
