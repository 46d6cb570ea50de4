"""Microsoft's own score: `secureScores` and `secureScoreControlProfiles`, from files and live."""

from securescore.connectors.native_score.importing import ImportReport, import_native_score

__all__ = ["ImportReport", "import_native_score"]
