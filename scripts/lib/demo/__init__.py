"""The demo: a simulated Butlr cloud, a real Home Assistant, and a terminal that shows both agree."""
