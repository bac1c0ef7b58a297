"""Real clients, headless, through the gateway: each has to get its answer, and its tool call has to come round.

Run with `python -m e2e`; see docs/reference/e2e.md.
"""
