"""One log format per file. Variants only."""
