"""Check the triggers and conditions in a real Home Assistant."""
