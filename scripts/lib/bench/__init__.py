"""Measure what pushes, polls and set-up cost a real Home Assistant."""
