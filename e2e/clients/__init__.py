"""One file per client: how it is installed, pointed at the gateway and run."""
