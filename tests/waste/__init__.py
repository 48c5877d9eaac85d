"""Tests of what is on in empty rooms."""
