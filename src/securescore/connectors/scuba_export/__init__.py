"""A settings export that ScubaGear wrote, as evidence."""

from securescore.connectors.scuba_export.importing import ImportReport, import_scuba

__all__ = ["ImportReport", "import_scuba"]
