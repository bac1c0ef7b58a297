"""One package per public API shape: requests read and said, answers understood and told. Variants only."""
