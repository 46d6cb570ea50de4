"""What is true of an invented organisation, worked out in plain Python and never through a query of ours.

Measurements of the real product are held against it, entity by entity.
"""

from collections.abc import Mapping
from fractions import Fraction

from securescore.demo.device_truth import device_truth
from securescore.demo.entra_truth import entra_truth
from securescore.demo.mail_domain_truth import mail_domain_truth
from securescore.demo.mail_truth import mail_truth, purview_truth
from securescore.demo.organisation import Organisation
from securescore.demo.workload_truth import (
    cloud_apps_truth,
    identity_truth,
    intune_truth,
    setting_truth,
)
from securescore.model import Verdict

Truth = Mapping[str, Mapping[str, Verdict]]
"""Verdicts by control id and entity id."""


def truth(organisation: Organisation) -> Truth:
    """Every measured control that the organisation's licences let anybody read, with the verdict of each entity."""
    return {
        **entra_truth(organisation),
        **device_truth(organisation),
        **identity_truth(organisation),
        **intune_truth(organisation),
        **cloud_apps_truth(organisation),
        **setting_truth(organisation),
        **mail_domain_truth(organisation),
        **mail_truth(organisation),
        **purview_truth(organisation),
    }


def native_points(organisation: Organisation) -> Mapping[str, Fraction]:
    """What Microsoft's own score gives for each control that it scores, today."""
    rows = organisation.native.scores[0]["controlScores"]
    return {row["controlName"]: Fraction(str(row["score"])) for row in rows if "NotScored" not in row}
