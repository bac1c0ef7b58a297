"""Judges from outside: test suites of other people, run against the gateway, each exception with its reason.

Run with `python -m judges`; see docs/reference/judges.md.
"""
