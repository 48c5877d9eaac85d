"""Tests of the Butlr cloud client, against real HTTP servers on loopback."""
