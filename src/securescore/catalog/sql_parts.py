"""Parts that several queries of a folder share.

A line `-- include NAME` of a query becomes the text of `NAME.part.sql` beside it. `-- include NAME word=value` puts the value
where the part says `{word}`. A part includes no other.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from securescore.errors import CatalogError

PART = ".part.sql"
"""How the name of a part ends."""

_INCLUDE = re.compile(
    r"^[ \t]*-- include (?P<name>[a-z_]+)(?P<words>(?: [a-z_]+=[a-z_]+)*)[ \t]*$", re.MULTILINE
)
_WORD = re.compile(r"\{([a-z_]+)\}")


def read_sql(file: Path) -> str:
    """The whole query of a file. Raises CatalogError when a part is missing, or its words are not those given."""
    return _INCLUDE.sub(lambda line: _part(file, line), read_text(file))


def parts_of(file: Path) -> Iterator[str]:
    """The names of the parts that a query includes."""
    return (line["name"] for line in _INCLUDE.finditer(read_text(file)))


def _part(file: Path, line: re.Match[str]) -> str:
    part = file.with_name(line["name"] + PART)
    where = f"{file.parent.name}/{file.name}"
    if not part.is_file():
        raise CatalogError(f"{where} includes {line['name']}, and there is no {part.name} beside it")
    given = dict(word.split("=") for word in line["words"].split())
    text = read_text(part).rstrip("\n")
    wanted = set(_WORD.findall(text))
    if wanted != given.keys():
        raise CatalogError(
            f"{where} includes {line['name']} with {', '.join(sorted(given)) or 'no words'}; "
            f"{part.name} wants {', '.join(sorted(wanted)) or 'none'}"
        )
    return _WORD.sub(lambda word: given[word[1]], text)


def read_text(file: Path) -> str:
    """The text of a file of content. Raises CatalogError when it is not UTF-8."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise CatalogError(
            f"{file.parent.name}/{file.name}: the file is not UTF-8; save it as UTF-8"
        ) from error
