"""Who sells it: one file of rows each. Variants only."""
