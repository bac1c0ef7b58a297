"""What tierwise costs to run: `python -m benchmarks [NAME...] [--write]`.

A benchmark is one file here that exports BENCHMARK; what they share is in `kit`. All inputs are made by seeded code.
"""
