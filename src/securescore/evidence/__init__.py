"""Evidence: what was read of a tenant, as typed tables in a folder that describes itself."""

from securescore.evidence.folder import EvidenceFolder
from securescore.evidence.run import Run
from securescore.evidence.schema import Column, Table
from securescore.evidence.table_writer import TableWriter
from securescore.evidence.tables import TABLES, table_named
from securescore.evidence.writer import RunWriter

__all__ = ["TABLES", "Column", "EvidenceFolder", "Run", "RunWriter", "Table", "TableWriter", "table_named"]
