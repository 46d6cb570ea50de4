"""Invented organisations and the cloud that answers for them: for the demonstration, the tests and benchmarks."""

from securescore.demo.cloud import InventedCloud
from securescore.demo.exchange import Breakage, Logged
from securescore.demo.faults import ALWAYS, Fault
from securescore.demo.frame import AS_OF
from securescore.demo.licences import BUSINESS_PREMIUM, E3, E5, STANDARD, Edition
from securescore.demo.organisation import Organisation
from securescore.demo.organisation_file import organisation_file
from securescore.demo.people import AccountKind
from securescore.demo.prerendered import PrerenderedTable, large_tenant
from securescore.demo.tenant_file import CredentialKind, write_tenant_file

__all__ = [
    "ALWAYS",
    "AS_OF",
    "BUSINESS_PREMIUM",
    "E3",
    "E5",
    "STANDARD",
    "AccountKind",
    "Breakage",
    "CredentialKind",
    "Edition",
    "Fault",
    "InventedCloud",
    "Logged",
    "Organisation",
    "PrerenderedTable",
    "large_tenant",
    "organisation_file",
    "write_tenant_file",
]
