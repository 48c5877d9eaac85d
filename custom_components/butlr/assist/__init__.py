"""What people ask in words: names to spaces, what an assistant may tell, and answers. Begin with `places.py`.

`names.py` finds what is meant, `visibility.py` decides what may be told, `answers.py` has the facts.
"""
