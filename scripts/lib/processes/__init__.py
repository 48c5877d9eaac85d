"""A simulated Butlr cloud and a real Home Assistant as processes: what the demo and the benchmark run on."""
