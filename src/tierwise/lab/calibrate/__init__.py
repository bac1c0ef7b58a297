"""Fitting the tables that decisions read, from evidence and logs."""
