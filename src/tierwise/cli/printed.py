"""A backtest's report as text."""

from collections.abc import Iterator

from tierwise.cli import dates, terminal
from tierwise.lab.page.conclusion import conclusion
from tierwise.lab.plural import count
from tierwise.lab.report import Report, TaskRow
from tierwise.lab.rows import Row

COLUMNS = ("", ">dollars", ">95 %", ">saves", ">95 %", ">cached", ">switches", ">quality", ">95 %", "tiers")


def show(found: Report) -> None:
    """Print it."""
    terminal.show(
        *headline(found),
        terminal.table(COLUMNS, map(_row, found.rows)),
        terminal.table(COLUMNS, map(_row, found.alone), "every model alone, with a warm cache of its own"),
        terminal.table(("task", ">calls", ">turns", ">reference $", ">policy $", "tiers"), map(_task, found.tasks), "by kind of work"),
        *notes(found),
    )


def headline(found: Report) -> Iterator[str]:
    """What it comes to, in plain sentences: the ones the page opens with."""
    if found.partial:
        yield "PARTIAL: the run was interrupted; this is what was read until then."
    yield f"{found.title}, {dates.shown(found.first_day)} to {dates.shown(found.last_day)}"
    said = conclusion(found)
    yield from (said.first, *said.rest)


def _span(low: str, high: str) -> str:
    return "-" if "-" in {low, high} else f"{low} to {high}"


def _row(row: Row) -> tuple[str, ...]:
    quality = row.quality if row.quality is not None and row.quality.known else None
    return (
        row.name,
        terminal.money(row.dollars),
        f"{terminal.money(row.low)} to {terminal.money(row.high)}",
        terminal.share(row.saving),
        _span(terminal.share(row.saving_low), terminal.share(row.saving_high)),
        terminal.share(row.hits, 1),
        "-" if row.switches is None else f"{row.switches:,}",
        "-" if quality is None else f"{100 * quality.mean:+.1f}",
        "-" if quality is None else f"{100 * quality.low:+.1f} to {100 * quality.high:+.1f}",
        terminal.parts(row.tiers),
    )


def _task(row: TaskRow) -> tuple[str, ...]:
    amounts = (terminal.money(row.reference), terminal.money(row.policy))
    return (row.kind, f"{row.calls:,}", f"{row.items:,}", *amounts, terminal.parts(row.tiers))


def notes(found: Report) -> Iterator[str]:
    """What is not known, what was skipped, and what a log cannot show."""
    counts = found.counts
    yield f"{count(found.files, 'file')}; prices {found.versions.get('prices', 'unknown')}; tierwise {found.versions.get('tierwise', '')}"
    unknown = (
        (counts.unknown_usage, "calls without usage"),
        (counts.unknown_model, "calls of models nobody lists"),
        (counts.unknown_price, "calls whose price is unknown"),
        (counts.unserved, "calls that no endpoint could serve"),
        (found.repeats, "calls that were logged twice, counted once"),
        (counts.estimated, "calls whose output was estimated from its text, since the log holds only the beginning of the count"),
        (found.skipped, "lines or files skipped, the first:"),
    )
    yield from (f"{number:,} {what}" for number, what in unknown if number)
    yield from (f"  {problem.place}: {problem.what}" for problem in found.problems)
    yield from (f"note: {note}" for note in found.notes)
    yield from (f"not shown by a log: {what}" for what in found.cannot)
