"""Tests of `polls`."""
