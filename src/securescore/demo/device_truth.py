"""What is true of every device configuration in an invented organisation, straight from its devices."""

from securescore.demo.devices import CAN_BE_ONBOARDED, ONBOARDED, ONBOARDING, TOO_LITTLE_KNOWN, Device
from securescore.demo.organisation import Organisation
from securescore.model import Verdict

_ONBOARDING_VERDICTS = {
    ONBOARDED: Verdict.PROTECTED,
    CAN_BE_ONBOARDED: Verdict.EXPOSED,
    TOO_LITTLE_KNOWN: Verdict.UNKNOWN,
}
"""A device that cannot be onboarded is not asked for it."""


def device_truth(organisation: Organisation) -> dict[str, dict[str, Verdict]]:
    """Verdicts by control id and machine id; only what the organisation's licences let anybody read."""
    found: dict[str, dict[str, Verdict]] = {}
    if organisation.plans & {"WINDEFATP", "MDE_LITE", "MDE_SMB"}:
        found[ONBOARDING] = _onboarding(organisation)
    if "WINDEFATP" not in organisation.plans:
        return found
    for finding in organisation.findings:
        control = finding.configuration.control_id
        if finding.applicable and control != ONBOARDING and _is_listed(finding.device):
            met = Verdict.PROTECTED if finding.compliant else Verdict.EXPOSED
            found.setdefault(control, {})[finding.device.id] = _as_far_as_known(finding.device, met)
    return found


def _is_listed(device: Device) -> bool:
    """Whether it was seen lately, or may have been."""
    return device.counted or device.days_ago is None


def _as_far_as_known(device: Device, verdict: Verdict) -> Verdict:
    return verdict if device.days_ago is not None else Verdict.UNKNOWN


def _onboarding(organisation: Organisation) -> dict[str, Verdict]:
    return {
        device.id: _as_far_as_known(device, _ONBOARDING_VERDICTS[device.machine["onboardingStatus"]])
        for device in organisation.devices
        if _is_listed(device) and device.machine["onboardingStatus"] in _ONBOARDING_VERDICTS
    }
