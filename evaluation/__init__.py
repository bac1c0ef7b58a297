"""What is known of how good the quality side is, measured: `make eval` writes docs/evidence.md."""
