"""Tests of the repository itself: layers, texts, metadata, releases."""
