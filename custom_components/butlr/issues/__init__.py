"""The issues shown in Repairs, and the conditions that are watched for them.

Begin with `issue.py`, the list of issues and the functions that create and delete them.
"""
