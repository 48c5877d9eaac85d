"""Tests of `issues`."""
