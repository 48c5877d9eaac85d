"""Imports a long past into a real Home Assistant, kills it meanwhile, and compares its database with the truth."""
