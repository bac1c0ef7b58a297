"""Variants found: every file of a folder that exports a constant, then installed entry points; two of one name are refused.

A plugin package exports variants under the entry-point group of the folder, for example `tierwise.importers`.
"""

import pkgutil
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final

from msgspec import Struct


class Kind(Struct, frozen=True):
    """A kind of variant: the package its files lie in, the constant they export, the entry-point group of plugins."""

    package: str
    constant: str
    group: str


SIGNALS: Final = Kind("tierwise.engine.signals", "SIGNAL", "tierwise.signals")
FILTERS: Final = Kind("tierwise.engine.filters", "FILTER", "tierwise.filters")
POLICIES: Final = Kind("tierwise.engine.policies", "POLICY", "tierwise.policies")
WIRES: Final = Kind("tierwise.wires", "WIRE", "tierwise.wires")
PROVIDERS: Final = Kind("tierwise.providers", "PROVIDER", "tierwise.providers")
CLIENTS: Final = Kind("tierwise.clients", "CLIENT", "tierwise.clients")
METHODS: Final = Kind("tierwise.lab.methods", "METHOD", "tierwise.methods")
IMPORTERS: Final = Kind("tierwise.lab.importers", "IMPORTER", "tierwise.importers")
STORES: Final = Kind("tierwise.ledger.stores", "STORE", "tierwise.stores")
AGENTS: Final = Kind("tierwise.runner.agents", "AGENT", "tierwise.agents")
EXPORTS: Final = Kind("tierwise.lab.exports", "EXPORT", "tierwise.exports")


class Clash(ValueError):
    """Two variants with one name."""


def found(kind: Kind) -> tuple[Any, ...]:
    """All variants of a kind, in order of name."""
    package = import_module(kind.package)
    files = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    variants = [getattr(import_module(f"{kind.package}.{name}"), kind.constant) for name in files]
    variants += [entry.load() for entry in entry_points(group=kind.group)]
    by_name: dict[str, Any] = {}
    for variant in variants:
        if variant.name in by_name:
            raise Clash(f"two {kind.group} are named {variant.name!r}")
        by_name[variant.name] = variant
    return tuple(by_name[name] for name in sorted(by_name))
