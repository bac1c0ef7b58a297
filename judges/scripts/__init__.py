"""What runs elsewhere: in a judge's own environment."""
