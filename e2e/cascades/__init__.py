"""Verified cascades end to end: real agents with their real tool loops, the real command, and models of which only the last one can do it.

A small repository has a failing test. The first model does nothing, the second mends what is asked for and breaks something else, the third
mends it. The cascade has to end green: with the mended work on its branch, the repository as it was, and every cent on record.
"""
