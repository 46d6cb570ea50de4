"""The shipped catalog, loaded once: what Microsoft's own score and the devices of an invented organisation are about."""

from functools import cache

from securescore.catalog import Catalog, load_catalog


@cache
def shipped() -> Catalog:
    return load_catalog()
