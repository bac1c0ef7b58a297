"""What is done when a provider fails: pure machines over values. No clock and no dice: time and random numbers come as arguments."""
