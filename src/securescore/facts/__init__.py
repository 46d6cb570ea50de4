"""Facts: the hard questions about a tenant, each answered once in SQL and read by many actions.

`load_facts()` gives every fact in an order in which each can be computed after those before it.
"""

from securescore.facts.loader import Fact, load_facts

__all__ = ["Fact", "load_facts"]
