"""Deciding: features in, a chain of endpoints and a receipt out. Pure."""
