"""Groups of an invented organisation, nested as such groups are.

Intended flaws: the group of exceptions from multifactor authentication has grown through a nested group;
some Microsoft 365 groups are public; an administrators' group holds two everyday accounts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from securescore.demo.frame import Frame, Json
from securescore.demo.names import DEPARTMENTS, OFFICE
from securescore.demo.people import AccountKind, Person

EMERGENCY = "CA-Noodtoegang"
EXCEPTIONS = "CA-MFA-uitzonderingen"
EXCEPTIONS_WAREHOUSE = "CA-MFA-uitzonderingen-Magazijn"
PILOT = "CA-Pilot-werkplek"
OFFICE_STAFF = "SG-Kantoor"
PASSWORD_RESET = "SG-Wachtwoordherstel"  # noqa: S105 - the name of a group
SERVICE_DESK = "ROL-Servicedesk"
WORKPLACE = "ROL-Werkplekbeheer"
CUSTOMS = "DYN-Douane"
MAIL_MANAGEMENT = "MAIL-Directie"
MAIL_OFFICE = "MAIL-Kantoor"
MAIL_WAREHOUSE = "MAIL-Magazijn"
MAIL_NOBODY = "MAIL-Seizoen"

_ROLE_GROUPS = (SERVICE_DESK, WORKPLACE)
_PROJECTS = (
    *("Kade Noord", "Nieuwe sluis", "Walstroom", "Kraan 7", "Containerscan", "Loodsplanning"),
    *(
        "Personeelsvereniging",
        "Jubileum",
        "Brandveiligheid",
        "Duurzame haven",
        "Ondernemingsraad",
        "Vrijdagborrel",
    ),
)
_PUBLIC = (
    "Personeelsvereniging",
    "Jubileum",
    "Vrijdagborrel",
    "Duurzame haven",
    "Brandveiligheid",
    "Walstroom",
)


@dataclass
class Groups:
    """Groups with their direct members (users, groups and service principals, by id)."""

    items: list[Json] = field(default_factory=list)
    members: dict[str, list[str]] = field(default_factory=dict)

    def named(self, name: str) -> Json:
        """The group of that display name. Raises KeyError when there is none."""
        for group in self.items:
            if group["displayName"] == name:
                return group
        raise KeyError(name)

    def id_of(self, name: str) -> str:
        return str(self.named(name)["id"])

    def address_of(self, name: str) -> str:
        """The address of a group that receives mail."""
        return str(self.named(name)["mail"])

    def add(self, group: Json, members: Iterable[str]) -> None:
        self.items.append(group)
        self.members[group["id"]] = list(members)

    def transitive(self, group_id: str) -> list[str]:
        """Everything in the group, directly or through other groups, each once; nesting in a circle ends."""
        found: dict[str, None] = {}
        waiting = [group_id]
        while waiting:
            for member in self.members.get(waiting.pop(), ()):
                if member not in found:
                    found[member] = None
                    waiting.append(member)
        return list(found)


def ordinary(people: Sequence[Person], department: str) -> list[Person]:
    """The people of a department that roles and groups are given to, in a fixed order."""
    return [person for person in people if person.ordinary and person.department == department]


def build_groups(frame: Frame, people: Sequence[Person]) -> Groups:
    groups = Groups()
    _departments(frame, groups, people)
    _conditional_access(frame, groups, people)
    _role_groups(frame, groups, people)
    _teams(frame, groups, people)
    _mail_groups(frame, groups)
    return groups


def _group(frame: Frame, name: str, **changes: object) -> Json:
    group: Json = {
        "id": frame.id("group", name),
        "displayName": name,
        "description": None,
        "groupTypes": [],
        "securityEnabled": True,
        "mailEnabled": False,
        "mail": None,
        "proxyAddresses": [],
        "isAssignableToRole": None,
        "visibility": None,
        "membershipRule": None,
        "onPremisesSyncEnabled": None,
        "createdDateTime": frame.ago(days=900),
    }
    return group | changes


def _addressed(frame: Frame, name: str) -> Json:
    """What makes a group receive mail: its address, and a second one at the initial domain."""
    alias = name.lower().replace(" ", "-")
    mail = f"{alias}@{frame.domain}"
    second = f"smtp:{alias}@{frame.initial_domain}"
    return {"mailEnabled": True, "mail": mail, "proxyAddresses": [f"SMTP:{mail}", second]}


def _departments(frame: Frame, groups: Groups, people: Sequence[Person]) -> None:
    staff = [person for person in people if person.kind is AccountKind.STAFF]
    for department in DEPARTMENTS:
        group = _group(frame, f"AFD-{department}", onPremisesSyncEnabled=True)
        groups.add(group, (person.id for person in staff if person.department == department))
    offices = [groups.id_of(f"AFD-{department}") for department in OFFICE]
    groups.add(_group(frame, OFFICE_STAFF), offices)
    groups.add(_group(frame, PASSWORD_RESET), [groups.id_of(OFFICE_STAFF)])
    rule = 'user.department -eq "Douane"'
    dynamic = _group(frame, CUSTOMS, groupTypes=["DynamicMembership"], membershipRule=rule)
    groups.add(dynamic, (person.id for person in staff if person.department == "Douane"))


def _conditional_access(frame: Frame, groups: Groups, people: Sequence[Person]) -> None:
    emergency = [person.id for person in people if person.kind is AccountKind.EMERGENCY]
    groups.add(_group(frame, EMERGENCY, isAssignableToRole=True, visibility="Private"), emergency)
    warehouse = [person.id for person in ordinary(people, "Magazijn")]
    groups.add(_group(frame, EXCEPTIONS_WAREHOUSE), warehouse[: max(3, len(warehouse) // 7)])
    pilot = [person.id for person in ordinary(people, "ICT")][:2]
    pilot += [person.id for person in ordinary(people, "Planning")][:4]
    groups.add(_group(frame, PILOT), pilot)
    groups.add(_group(frame, EXCEPTIONS), _exceptions(groups, people, pilot))


def _exceptions(groups: Groups, people: Sequence[Person], pilot: list[str]) -> list[str]:
    """Who was taken out of multifactor authentication "for a week": services, a few people, a whole group."""
    services = [person.id for person in people if person.kind is AccountKind.SERVICE]
    asked = [ordinary(people, department)[0].id for department in ("Directie", "Verkoop", "Inkoop", "Douane")]
    paid = [ordinary(people, "Financiën")[0].id]
    workshop = [person.id for person in ordinary(people, "Werkplaats")][:2]
    nested = [groups.id_of(EXCEPTIONS_WAREHOUSE)]
    return [*services, *asked, *paid, *workshop, *pilot[1:4], *nested]


def _role_groups(frame: Frame, groups: Groups, people: Sequence[Person]) -> None:
    administrators = [person.id for person in people if person.kind is AccountKind.ADMINISTRATOR]
    helpers = [person.id for person in ordinary(people, "ICT")]
    members = {SERVICE_DESK: administrators[4:7] + helpers[2:4], WORKPLACE: administrators[6:9]}
    for name in _ROLE_GROUPS:
        groups.add(_group(frame, name, isAssignableToRole=True, visibility="Private"), members[name])


def _teams(frame: Frame, groups: Groups, people: Sequence[Person]) -> None:
    chance = frame.chance("teams")
    members = [person.id for person in people if person.kind in {AccountKind.STAFF, AccountKind.GUEST}]
    for name in (*(f"Team {department}" for department in DEPARTMENTS), *_PROJECTS):
        visibility = "Public" if name in _PUBLIC else "Private"
        team = _group(frame, name, groupTypes=["Unified"], securityEnabled=False) | _addressed(frame, name)
        team |= {"visibility": visibility, "createdDateTime": frame.ago(days=chance.randint(20, 1500))}
        groups.add(team, chance.sample(members, k=min(12, len(members))))


def _mail_groups(frame: Frame, groups: Groups) -> None:
    """Lists that mail policies are aimed at. The one of seasonal workers has nobody in it."""
    for name, inner in (
        (MAIL_MANAGEMENT, ["AFD-Directie"]),
        (MAIL_OFFICE, [OFFICE_STAFF]),
        (MAIL_WAREHOUSE, ["AFD-Magazijn"]),
        (MAIL_NOBODY, []),
    ):
        group = _group(frame, name, onPremisesSyncEnabled=True) | _addressed(frame, name)
        groups.add(group, map(groups.id_of, inner))


def users_among(ids: Iterable[str], users: Mapping[str, Json]) -> list[Json]:
    return [users[one] for one in ids if one in users]
