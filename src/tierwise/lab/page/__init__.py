r"""The report of a backtest as one self-contained HTML file: no script, no font, no address that is loaded.

    Report --conclusion--> words          \
    Report --plots--> specs --draw--> SVG  > sections --> one file
    Report --sections--> tables           /

All but the drawing is pure. What comes from a log is escaped where markup is made (`html`), and the file forbids browsers to run
or load anything.
"""

from collections.abc import Sequence

from tierwise.lab import charts, pictures
from tierwise.lab.page import plots
from tierwise.lab.page.document import Draw, document, figure
from tierwise.lab.page.sections import body, contents, opening, subject
from tierwise.lab.report import Report


def rendered(report: Report, frontier: Sequence[charts.Point], priced: str = charts.PER_MILLION, draw: Draw = pictures.svg) -> str:
    """A report's page. `priced` says what the prices of the frontier are; `draw` makes the SVG of a spec."""
    figures = {
        "savings": plots.savings(report),
        "quality": plots.quality(report),
        "spend": plots.spend(report),
        "tasks": plots.tasks(report),
        "frontier": plots.frontier(frontier, priced),
    }
    drawn = {name: figure(one, draw) for name, one in figures.items()}
    return document(f"tierwise backtest: {subject(report)}", opening(report), contents(), body(report, drawn))
