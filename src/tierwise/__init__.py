"""tierwise: the router that picks the cheapest model that meets your floor, and shows its arithmetic."""

__version__ = "0.1.0"
