"""Tests of `live`: the ten rules, one by one."""
