"""The Butlr cloud as a Python package; it does not depend on Home Assistant.

Begin with client.py, which sends requests; estate_reader.py, reporting.py and subscriptions.py build on it. Timestamps
are Unix seconds (`float`, UTC) throughout. Docstrings name their sources: `docs` is docs.butlr.io, `support` is
support.butlr.io, `mcp` is the source of Butlr's official MCP server (github.com/butlrtechnologies/butlr-mcp), and
`mcp-hist` is a file in the history of that repository.
"""
