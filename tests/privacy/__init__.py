"""Tests of what is said about privacy."""
