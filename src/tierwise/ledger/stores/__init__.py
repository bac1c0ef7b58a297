"""Databases that records are kept in: one file each, which exports STORE."""
