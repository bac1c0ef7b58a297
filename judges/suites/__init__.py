"""One file per judge: how it is installed and run, and which of its cases are excepted, and why."""
