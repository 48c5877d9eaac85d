"""Tests of `assist/`: what people ask in words."""
