"""One file per method; plugins finds them."""
