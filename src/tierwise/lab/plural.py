"""How many of something, in words."""


def count(number: int, one: str, more: str = "") -> str:
    """A number of things: '1 call', '1,332 calls'."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"
