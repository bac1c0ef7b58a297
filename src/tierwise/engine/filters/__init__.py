"""One file per variant; plugins finds them."""
