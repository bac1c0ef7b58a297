"""Training of the weights that the learned reading of a request ships with: `python -m training`, or `make train`."""
