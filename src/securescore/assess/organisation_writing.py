"""Writes an organisation file: what `securescore.assess.organisation` reads."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from securescore.assess.organisation import (
    DEVICE_DAYS,
    Account,
    Attestation,
    Decision,
    Exclusion,
    Organisation,
    parse_organisation,
)
from securescore.errors import ConfigurationError

_WIDTH = 100
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_BASIC_PLANE = 0xFFFF
_WHERE = "the organisation file to be written"

_Value = str | int | date | Collection[str] | None


def organisation_toml(organisation: Organisation) -> str:
    """The text of an organisation file: an organisation that was read from one is read from this as an equal.

    Decisions stand in their order, which is what tells the newer of two from one day. An equal organisation gives
    the same text. What reading does not keep (capitals in an action's id, spaces around a name) is written as it is.

    Raises:
        ConfigurationError: something in it has no place in such a file, such as an empty list of names.
    """
    decisions = sorted(organisation.decisions, key=lambda decision: decision.order)
    text = "\n".join(
        [
            *_tables("account", map(_account, organisation.accounts)),
            *_tables("exclusion", map(_exclusion, organisation.exclusions)),
            *_tables("decision", map(_decision, decisions)),
            *_tables("attestation", map(_attestation, organisation.attestations)),
            *_settings(organisation),
        ]
    )
    parse_organisation(text, _WHERE)  # what could not be read again is never handed out
    return text


def _account(account: Account) -> dict[str, _Value]:
    return {"class": account.account_class, "users": account.users, "note": account.note}


def _exclusion(exclusion: Exclusion) -> dict[str, _Value]:
    return {
        "actions": exclusion.actions,
        "entities": exclusion.entities,
        "reason": exclusion.reason,
        "owner": exclusion.owner,
        "expires": exclusion.expires,
    }


def _decision(decision: Decision) -> dict[str, _Value]:
    return {
        "action": decision.action,
        "status": decision.status,
        "entities": decision.entities,
        "class": decision.account_class,
        "note": decision.note,
        "plan": decision.plan,
        "owner": decision.owner,
        "due": decision.due,
        "evidence": decision.evidence,
        "decided": decision.decided,
        "expires": decision.expires,
    }


def _attestation(attestation: Attestation) -> dict[str, _Value]:
    return {
        "action": attestation.action,
        "attested": attestation.attested,
        "lapses": attestation.lapses,
        "note": attestation.note,
        "evidence": attestation.evidence,
        "by": attestation.by,
    }


def _settings(organisation: Organisation) -> Iterable[str]:
    if organisation.device_days != DEVICE_DAYS:
        yield _table("[settings]", {"device_days": organisation.device_days}, f"{_WHERE}, settings")


def _tables(kind: str, entries: Iterable[Mapping[str, _Value]]) -> Iterable[str]:
    for number, entry in enumerate(entries, 1):
        yield _table(f"[[{kind}]]", entry, f"{_WHERE}, {kind} {number}")


def _table(header: str, entry: Mapping[str, _Value], where: str) -> str:
    given = [(key, value) for key, value in entry.items() if value is not None]
    return "\n".join([header, *(_line(key, value, where) for key, value in given)]) + "\n"


def _line(key: str, value: _Value, where: str) -> str:
    try:
        return _fitting(key, value)
    except UnicodeEncodeError:
        raise ConfigurationError(
            f"{where}: {key!r} holds half a character (a lone surrogate), which no text file can hold: write it again"
        ) from None


def _fitting(key: str, value: _Value) -> str:
    if isinstance(value, str):
        return f"{key} = {_quoted(value)}"
    if isinstance(value, Collection):
        return _list(key, [_quoted(name) for name in sorted(value, key=lambda name: (name.casefold(), name))])
    day = value.date() if isinstance(value, datetime) else value
    return f"{key} = {day}"


def _list(key: str, items: list[str]) -> str:
    line = f"{key} = [{', '.join(items)}]"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{key} = [", *(f"    {item}," for item in items), "]"])


def _quoted(text: str) -> str:
    text.encode()  # raises UnicodeEncodeError
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    """The character, or its escape when it is a quote, a backslash, or cannot be seen."""
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= _BASIC_PLANE else f"\\U{ord(char):08x}"
