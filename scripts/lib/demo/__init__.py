"""The demo: a simulated Butlr cloud, a real Home Assistant, and a table of its states in the terminal."""
