"""The two services that run cmdlets over the same interface."""

from dataclasses import dataclass

from securescore.connectors.http.limits import ServiceClass

_VERSION = "3.9.2"  # of the module that asks for these; the service wants one that it knows


@dataclass(frozen=True, slots=True)
class Interface:
    """How the admin interface of one service differs.

    Attributes:
        discovery: what is asked for to be told the region, below `adminapi/`, in this order.
        regional: whether it answers in the tenant's region only, not at its front door.
    """

    service_class: ServiceClass
    discovery: tuple[str, ...]
    regional: bool


_MODULE = "v1.0/{tenant}/EXOModuleFile?Version=" + _VERSION
_BANNER = "beta/{tenant}/EXOBanner('AutogenSession')?Version=" + _VERSION

EXCHANGE = Interface(ServiceClass.EXCHANGE, (_MODULE,), regional=False)
COMPLIANCE = Interface(ServiceClass.COMPLIANCE, (_BANNER, _MODULE), regional=True)
