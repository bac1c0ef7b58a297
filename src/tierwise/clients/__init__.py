"""One file per coding tool: its noise, its background calls, where its session id is. Variants only."""
