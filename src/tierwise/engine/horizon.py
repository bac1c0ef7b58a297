"""How many calls are still to come, how fast the context grows, and how long an answer is.

An empirical table by client and calls so far, fitted from logged sessions (`Tables.outlooks`); a client the table does not
know takes the rows of any client. A request that belongs to no agent (no tools, or the harness asking for itself) has nothing after it.
"""

from collections.abc import Sequence

from tierwise.core.catalog import Outlook

NOTHING = Outlook("", 0, 0, 0, 400)


def outlook(rows: Sequence[Outlook], client: str, calls: int) -> Outlook:
    """The row for a client with so many calls behind it: the last one that starts at or before them."""
    own = [row for row in rows if row.client == client] or [row for row in rows if row.client == ""]
    reached = [row for row in own if row.calls <= calls]
    return max(reached, key=lambda row: row.calls, default=NOTHING)
