"""Identifiers in Butlr's style."""

import random

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def new_id(rng: random.Random, prefix: str) -> str:
    """Return e.g. `room_` and a made-up KSUID of 27 characters."""
    return f"{prefix}_3C{''.join(rng.choices(ALPHABET, k=25))}"
