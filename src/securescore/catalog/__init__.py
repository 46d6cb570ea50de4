"""The improvement actions: what they are worth, how they are measured, how they are told."""

from securescore.catalog.loader import load_catalog
from securescore.catalog.model import (
    LANGUAGES,
    Action,
    Case,
    Catalog,
    Confidence,
    Dated,
    Expectation,
    Licence,
    Service,
    Texts,
    Threat,
    Tier,
)

__all__ = [
    "LANGUAGES",
    "Action",
    "Case",
    "Catalog",
    "Confidence",
    "Dated",
    "Expectation",
    "Licence",
    "Service",
    "Texts",
    "Threat",
    "Tier",
    "load_catalog",
]
