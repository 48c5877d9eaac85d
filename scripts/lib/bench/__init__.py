"""What pushes and polls cost a real Home Assistant, beside the least and the usual that a webhook can do."""
