"""What runs elsewhere: in a client's own environment, by its path."""
