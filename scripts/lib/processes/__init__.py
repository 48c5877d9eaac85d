"""A simulated Butlr cloud and a real Home Assistant as child processes; several commands share this."""
