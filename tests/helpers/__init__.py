"""Helpers that several tests share; none of them contains a test."""
