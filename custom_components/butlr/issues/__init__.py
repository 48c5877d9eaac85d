"""What Repairs shows, and the conditions that are watched for it.

Begin with `issue.py`, the list of issues and how they are created and deleted.
"""
