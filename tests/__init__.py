"""Tests of the Butlr integration: the real Home Assistant against the simulated Butlr cloud, over loopback HTTP."""
