"""One file per coding agent: how it is recognised and pointed at the gateway. Variants only."""
