"""Everything that lets Butlr push events to Home Assistant.

Begin with `webhook.py`, which receives the events. `subscription.py` keeps the webhooks at Butlr as they should be,
and `supervisor.py` decides whether pushes can be relied on.
"""
