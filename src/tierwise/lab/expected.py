"""Expected quality of work, against the reference, with how sure that is.

Each work item (a person's turn) counts once, at the estimate for its kind and difficulty of the model that did it. Work of a kind nobody
named counts at the mean over all kinds. The interval takes the errors of one model's estimates to move together (they come from the
same few benchmarks), which makes it as wide as it can be.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from tierwise.core.catalog import Catalog
from tierwise.engine.quality import Estimate, difference, estimates

Z = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""

Weights = Mapping[tuple[str, str, int], int]
"""Work items by endpoint, kind and difficulty."""


class Expected(Struct, frozen=True):
    """Points (of 1) above or below the reference, with a 95 % interval; `known` is the share of items it could be estimated for."""

    mean: float
    low: float
    high: float
    known: float


class Judge(Struct):
    """Estimates by kind of work and model, worked out when first asked for."""

    catalog: Catalog
    reference: str
    known: dict[str, dict[str, Estimate]] = {}

    def difference(self, endpoint: str, kind: str, difficulty: int) -> tuple[float, float] | None:
        """Mean and spread of how much better an endpoint's model is than the reference, None where nobody knows."""
        models = {one.id: one.model for one in self.catalog.endpoints}
        model, reference = models[endpoint], models[self.reference]
        if model == reference:
            return 0.0, 0.0
        one, other = self._estimate(model, kind), self._estimate(reference, kind)
        if one is None or other is None:
            return None
        slope = next((step.slope for step in self.catalog.tables.steps if step.difficulty == difficulty), 1.0)
        mean, spread = difference(one, other, self.catalog.tables)
        return slope * mean, slope * spread

    def _estimate(self, model: str, kind: str) -> Estimate | None:
        if not self.known:
            self.known = estimates(self.catalog)
        return self.known[kind].get(model)

    def expected(self, weights: Weights) -> Expected:
        """The mean over work items."""
        total = sum(weights.values())
        mean = spread = 0.0
        known = 0
        for (endpoint, kind, difficulty), items in weights.items():
            found = self.difference(endpoint, kind, difficulty)
            if found is not None:
                mean, spread, known = mean + items * found[0], spread + items * found[1], known + items
        if not known:
            return Expected(0.0, -1.0, 1.0, 0.0)
        mean, spread = mean / known, spread / known
        return Expected(mean, mean - Z * spread, mean + Z * spread, known / total)


def everywhere(endpoint: str, work: Iterable[tuple[tuple[str, int], int]]) -> dict[tuple[str, str, int], int]:
    """All work done by one endpoint."""
    return {(endpoint, kind, difficulty): items for (kind, difficulty), items in work}
