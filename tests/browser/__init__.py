"""What a person sees: a real browser, a real Home Assistant and the simulator, as three processes."""
