"""Receives events that Butlr pushes to Home Assistant, and keeps the webhooks at Butlr that send them.

Begin with `webhook.py`, which receives the events. `subscription.py` keeps the webhooks at Butlr up to date, and
`supervisor.py` decides whether pushes can be relied on.
"""
