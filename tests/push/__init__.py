"""Tests of `push`."""
