"""Assessment: runs facts and actions over one tenant's evidence and gives the score with everything behind it."""

from securescore.assess.assessment import assess
from securescore.assess.organisation import Organisation, read_organisation
from securescore.assess.result import AssessedAction, Assessment, NativeReading

__all__ = ["AssessedAction", "Assessment", "NativeReading", "Organisation", "assess", "read_organisation"]
