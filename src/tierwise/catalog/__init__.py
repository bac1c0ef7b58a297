"""What can be chosen and what is known of it: prices, capabilities, evidence, put together into a catalog."""
