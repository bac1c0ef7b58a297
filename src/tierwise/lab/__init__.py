"""The laboratory: logs in, replays and reports out. The live decision over logged requests, nothing of its own."""
