"""The Butlr cloud as a Python package; it knows nothing of Home Assistant.

Moments are Unix seconds (`float`, UTC) everywhere in this package. Section numbers in the docstrings are those of the
public pages they name: docs.butlr.io, support.butlr.io, or the source of Butlr's official MCP server (mcp).
"""
