"""Products, service plans and the editions an invented organisation can own. Ids are the public ones."""

from dataclasses import dataclass

from securescore.demo.frame import Frame, Json

PLAN_IDS = {
    "AAD_PREMIUM": "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
    "AAD_PREMIUM_P2": "eec0eb4f-6444-4f95-aba0-50c24d67f998",
    "ADALLOM_S_DISCOVERY": "932ad362-64a8-4783-9106-97849a1a30b9",
    "ADALLOM_S_O365": "8c098270-9dd4-4350-9b30-ba4703f3b36b",
    "ADALLOM_S_STANDALONE": "2e2ddb96-6af9-4b1d-a3f0-d6ecfd22edb2",
    "ATA": "14ab5db5-e6c4-4b20-b4bc-13e36fd2227f",
    "ATP_ENTERPRISE": "f20fedf3-f3c3-43c3-8267-2bfdd51c0939",
    "BPOS_S_DlpAddOn": "9bec7e34-c9fa-40b7-a9d1-bd6d1165c7ed",
    "COMMUNICATIONS_DLP": "6dc145d6-95dd-4191-b9c3-185575ee6f6b",
    "EXCHANGE_S_ENTERPRISE": "efb87545-963c-4e0d-99df-69c6916d9eb0",
    "EXCHANGE_S_FOUNDATION": "113feb6c-3fe4-4440-bddc-54d774bf0318",
    "EXCHANGE_S_STANDARD": "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
    "FLOW_P2_VIRAL": "50e68c76-46c6-4674-81f9-75456511b170",
    "FORMS_PLAN_E3": "2789c901-c14e-48ab-a76a-be334d9d793a",
    "FORMS_PLAN_E5": "e212cbc7-0961-4c40-9825-01117710dcb1",
    "INTUNE_A": "c1ec4a95-1f05-45b3-a911-aa3fa01094f5",
    "LOCKBOX_ENTERPRISE": "9f431833-0334-42de-a7dc-70aa40db46db",
    "MDE_LITE": "292cc034-7b7c-4950-aaf5-943befd3f1d4",
    "MDE_SMB": "bfc1bbd9-981b-4f71-9b82-17c35fd0e2a4",
    "MFA_PREMIUM": "8a256a2b-b617-496d-b51b-e76466e88db0",
    "MIP_S_CLP1": "5136a095-5cf0-4aff-bec3-e84448b38ea5",
    "MIP_S_CLP2": "efb0351d-3b08-4503-993d-383af8de41e3",
    "OFFICESUBSCRIPTION": "43de0ff5-c92c-492b-9116-175376d08c38",
    "RMS_S_ENTERPRISE": "bea4c11e-220a-4e6d-8eb8-8ea15d019f90",
    "RMS_S_PREMIUM": "6c57d4b6-3b23-47a5-9bc9-69f17b4947b3",
    "RMS_S_PREMIUM2": "5689bec4-755d-4753-8b61-40975025187c",
    "SAFEDOCS": "bf6f5520-59e3-4f82-974b-7dbbc4fd27c7",
    "SHAREPOINTENTERPRISE": "5dbe027f-2339-4123-9542-606e4d348a72",
    "SHAREPOINTSTANDARD": "c7699d2e-19aa-44de-8edf-1736da088ca1",
    "SWAY": "a23b959c-7ce8-4e57-9140-b90eb88a9e97",
    "TEAMS1": "57ff2da0-773e-42df-b2af-ffb7a2317929",
    "THREAT_INTELLIGENCE": "8e0c0a52-6a6c-4d40-8370-dd62790dcd70",
    "WINDEFATP": "871d91ec-ec1a-452b-a83f-bd76c7d770ef",
}

_OFFICE = ("FORMS_PLAN_E3", "OFFICESUBSCRIPTION", "SWAY", "TEAMS1")
_E3 = (
    *_OFFICE,
    *("AAD_PREMIUM", "ADALLOM_S_DISCOVERY", "BPOS_S_DlpAddOn", "EXCHANGE_S_ENTERPRISE", "INTUNE_A"),
    *("MDE_LITE", "MFA_PREMIUM", "MIP_S_CLP1", "RMS_S_ENTERPRISE", "RMS_S_PREMIUM"),
    "SHAREPOINTENTERPRISE",
)
_E5_ONLY = (
    *("AAD_PREMIUM_P2", "ADALLOM_S_O365", "ADALLOM_S_STANDALONE", "ATA", "ATP_ENTERPRISE"),
    *("COMMUNICATIONS_DLP", "FORMS_PLAN_E5", "LOCKBOX_ENTERPRISE", "MIP_S_CLP2", "RMS_S_PREMIUM2"),
    *("SAFEDOCS", "THREAT_INTELLIGENCE", "WINDEFATP"),
)
_STANDARD = (*_OFFICE, "EXCHANGE_S_STANDARD", "SHAREPOINTSTANDARD")
_PREMIUM = (
    *_STANDARD,
    *("AAD_PREMIUM", "ATP_ENTERPRISE", "BPOS_S_DlpAddOn", "INTUNE_A", "MDE_SMB", "MFA_PREMIUM"),
    *("MIP_S_CLP1", "RMS_S_ENTERPRISE", "RMS_S_PREMIUM"),
)


@dataclass(frozen=True, slots=True)
class Product:
    """One kind of subscription: its part number, its public id, the plans in it."""

    part: str
    sku_id: str
    plans: tuple[str, ...]


SPE_E5 = Product("SPE_E5", "06ebc4ee-1bb5-47dd-8120-11324bc54e06", tuple(sorted(_E3 + _E5_ONLY)))
SPE_E3 = Product("SPE_E3", "05e9a617-0261-4cee-bb44-138d3ef5d965", tuple(sorted(_E3)))
SPB = Product("SPB", "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", tuple(sorted(_PREMIUM)))
BUSINESS_STANDARD = Product(
    "O365_BUSINESS_PREMIUM", "f245ecc8-75af-4f8e-b61f-27d8114de5f3", tuple(sorted(_STANDARD))
)
FLOW_FREE = Product(
    "FLOW_FREE", "f30db892-07e9-47e9-837c-80727f46fd3d", ("EXCHANGE_S_FOUNDATION", "FLOW_P2_VIRAL")
)


@dataclass(frozen=True, slots=True)
class Edition:
    """What an organisation bought: one product for people at desks, one for the others."""

    name: str
    office: Product
    operations: Product

    @property
    def products(self) -> tuple[Product, ...]:
        return tuple(dict.fromkeys((self.office, self.operations, FLOW_FREE)))


E5 = Edition("e5", SPE_E5, SPE_E3)
E3 = Edition("e3", SPE_E3, SPE_E3)
BUSINESS_PREMIUM = Edition("business_premium", SPB, SPB)
STANDARD = Edition("business_standard", BUSINESS_STANDARD, BUSINESS_STANDARD)
"""The editions to build with: with Entra ID P2, with P1 in two sizes of company, and without either."""


def assigned(product: Product) -> list[Json]:
    return [{"disabledPlans": [], "skuId": product.sku_id}]


def subscribed_skus(frame: Frame, edition: Edition, users: list[Json]) -> list[Json]:
    """The subscriptions of the edition, with a twelfth more seats than are used."""
    return [_subscription(frame, product, _used(product, users)) for product in edition.products]


def _used(product: Product, users: list[Json]) -> int:
    return sum(any(one["skuId"] == product.sku_id for one in user["assignedLicenses"]) for user in users)


def _subscription(frame: Frame, product: Product, used: int) -> Json:
    return {
        "id": f"{frame.tenant_id}_{product.sku_id}",
        "skuId": product.sku_id,
        "skuPartNumber": product.part,
        "capabilityStatus": "Enabled",
        "appliesTo": "User",
        "consumedUnits": used,
        "prepaidUnits": {"enabled": used + used // 12, "suspended": 0, "warning": 0, "lockedOut": 0},
        "servicePlans": [_plan(name) for name in product.plans],
    }


def _plan(name: str) -> Json:
    company_wide = name == "EXCHANGE_S_FOUNDATION"
    return {
        "servicePlanId": PLAN_IDS[name],
        "servicePlanName": name,
        "provisioningStatus": "Success",
        "appliesTo": "Company" if company_wide else "User",
    }
