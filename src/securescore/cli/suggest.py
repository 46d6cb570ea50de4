"""Helps a person to write the command line right: near names, readable help, and plain words when a value is wrong."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand

_MIN_LETTERS = 3
_BRACES = re.compile(r"\{(.*?)\}")
_TYPE = re.compile(r"<(.*)>")


def did_you_mean(wanted: str, known: Iterable[str]) -> str:
    """Such as ` Did you mean 'AdminMFAV2'?`, with the nearest known name; an empty text when none is near."""
    near = nearest(wanted, known)
    return "" if near is None else f" Did you mean {near!r}?"


def nearest(wanted: str, known: Iterable[str]) -> str | None:
    """The known name most like the wanted one, in any case; None when none is near."""
    names = {name.casefold(): name for name in known}
    folded = wanted.strip().casefold()
    close = get_close_matches(folded, names, n=1)
    if close:
        return names[close[0]]
    holding = [name for name in names if folded in name] if len(folded) >= _MIN_LETTERS else []
    return names[min(holding, key=len)] if holding else None


class Command(TyperCommand):
    """A command whose help names arguments and choices as a person writes them: `FILES...`, `en|nl`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [_BRACES.sub(r"\1", piece) for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        records = [(param, param.get_help_record(ctx)) for param in self.get_params(ctx)]
        for kind in ("argument", "option"):
            rows = [
                _readable(param, *record)
                for param, record in records
                if record is not None and param.param_type_name == kind
            ]
            if rows:
                with formatter.section(f"{kind.capitalize()}s"):
                    formatter.write_dl(rows)


def _readable(param: Any, name: str, about: str) -> tuple[str, str]:
    if param.param_type_name == "argument":
        return param.display_name_raw + ("..." if param.nargs != 1 else ""), about
    return _TYPE.sub(r"\1", name), about
