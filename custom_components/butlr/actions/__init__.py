"""What each action returns. The table of actions is `services.py`, one folder up.

Begin with `target.py`, which turns an action's target into spaces.
"""
