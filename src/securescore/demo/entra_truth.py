"""What is true of every Entra ID control in an invented organisation, worked out plainly from the objects of the
service: no SQL, no table of evidence. Measurements are held against it.
"""

from securescore.demo.answers import Verdicts
from securescore.demo.directory_truth import directory_truth
from securescore.demo.organisation import Organisation
from securescore.demo.people_truth import people_truth


def entra_truth(organisation: Organisation) -> dict[str, Verdicts]:
    """The verdicts of every entity, by control id; without the controls that its licences keep from being read."""
    return {**people_truth(organisation), **directory_truth(organisation)}
