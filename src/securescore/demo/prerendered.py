"""Tables of any size that the invented cloud hands out as bytes made beforehand, so that it is never the slow part."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from securescore.demo.odata import LARGEST_PAGE, names_of

_LINK = re.compile(r"^prerendered-(\d+)$")


@dataclass(frozen=True, slots=True)
class PrerenderedTable:
    """A list, cut into pages beforehand; `$top` and `$select` change nothing.

    Attributes:
        path: below the version; `*` stands for anything.
        pages: the items of each page as JSON, with commas between.
        selects: answers only requests whose `$select` names this property; None: any request.
        whole: the one page is a whole object and no list.
    """

    path: str
    pages: tuple[bytes, ...]
    selects: str | None = None
    whole: bool = False

    def answers(self, path: str, select: str | None) -> bool:
        fits = fnmatchcase(path.lower(), self.path.lower())
        return fits and (self.selects is None or self.selects in names_of(select))

    def body(self, skip_token: str | None, link: Callable[[str], str]) -> bytes:
        """The page that the token stands for, the first without one. Raises ValueError on any other token."""
        if self.whole:
            return self.pages[0]
        number = self._number(skip_token)
        more = number + 1 < len(self.pages)
        next_link = f'"@odata.nextLink":"{link(f"prerendered-{number + 1}")}",' if more else ""
        return b"".join((b"{", next_link.encode(), b'"value":[', self.pages[number], b"]}"))

    def _number(self, skip_token: str | None) -> int:
        if skip_token is None:
            return 0
        match = _LINK.match(skip_token)
        if match is None or int(match[1]) >= len(self.pages):
            raise ValueError(skip_token)
        return int(match[1])


def large_tenant(users: int, page: int = LARGEST_PAGE) -> tuple[PrerenderedTable, ...]:
    """Users, their last sign-ins, their registration details and their multifactor authentication state.

    Nine of ten are registered, one of twenty is disabled, one of ten is a guest.
    """
    return (
        PrerenderedTable("/users", _pages(users, 500, _activity), selects="signInActivity"),
        PrerenderedTable("/users", _pages(users, page, _user)),
        PrerenderedTable(
            "/reports/authenticationMethods/userRegistrationDetails", _pages(users, page, _registration)
        ),
        PrerenderedTable(
            "/users/*/authentication/requirements", (b'{"perUserMfaState":"disabled"}',), whole=True
        ),
    )


def large_user_id(number: int) -> str:
    """The id of user number n of a large tenant."""
    return f"{number:08x}-1a26-4000-8000-{number * 7919 % 2**48:012x}"


def _pages(count: int, size: int, render: Callable[[int], str]) -> tuple[bytes, ...]:
    def page(start: int) -> Iterator[str]:
        return map(render, range(start, min(start + size, count)))

    return tuple(",".join(page(start)).encode() for start in range(0, max(count, 1), size))


def _name(number: int) -> str:
    return f"gebruiker{number}@grootstad.example"


def _user(number: int) -> str:
    enabled = "false" if number % 20 == 19 else "true"  # noqa: PLR2004
    kind = "Guest" if number % 10 == 9 else "Member"  # noqa: PLR2004
    return (
        f'{{"id":"{large_user_id(number)}","userPrincipalName":"{_name(number)}","displayName":"Gebruiker {number}",'
        f'"accountEnabled":{enabled},"userType":"{kind}","createdDateTime":"2021-03-04T09:00:00Z",'
        '"onPremisesSyncEnabled":true,"passwordPolicies":null,'
        '"assignedLicenses":[{"disabledPlans":[],"skuId":"06ebc4ee-1bb5-47dd-8120-11324bc54e06"}]}'
    )


def _activity(number: int) -> str:
    return (
        f'{{"id":"{large_user_id(number)}","signInActivity":{{"lastSignInDateTime":"2026-01-14T17:02:11Z",'
        '"lastNonInteractiveSignInDateTime":"2026-01-15T01:00:00Z"}}'
    )


def _registration(number: int) -> str:
    registered = "false" if number % 10 == 3 else "true"  # noqa: PLR2004
    methods = '"microsoftAuthenticatorPush","softwareOneTimePasscode"' if registered == "true" else ""
    return (
        f'{{"id":"{large_user_id(number)}","userPrincipalName":"{_name(number)}","isAdmin":false,'
        f'"isMfaRegistered":{registered},"isMfaCapable":{registered},"isPasswordlessCapable":false,'
        f'"isSsprEnabled":true,"isSsprRegistered":{registered},"isSsprCapable":{registered},'
        f'"methodsRegistered":[{methods}],"lastUpdatedDateTime":"2026-01-14T23:00:00Z"}}'
    )
