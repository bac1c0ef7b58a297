"""What each coding tool does to its prompts that a log does not show: one file per client."""
