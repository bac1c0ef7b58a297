"""What the console, and whoever automates it, reads and changes over HTTP: JSON under /admin."""
