"""A simulated building, to try the integration without an account: `session.py` answers requests in its place.

What people do is a function of the date alone (`day.py`), so a restart continues the same day.
"""
