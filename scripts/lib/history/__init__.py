"""Imports a long past into a real Home Assistant, kills it on the way, and compares its database with the truth."""
