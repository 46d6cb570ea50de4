import pytest
import yaml

from securescore.catalog import strict_yaml
from securescore.catalog.strict_yaml import read_yaml
from securescore.errors import CatalogError


def test_words_that_yaml_would_take_for_booleans_or_dates_stay_text() -> None:
    text = "{on: off, no: yes, day: 2023-12-01, at: 12:30, octal: 0700, hex: 0x1f, real: true, nothing: ~}"
    assert read_yaml(text, "a.yaml") == {
        "on": "off", "no": "yes", "day": "2023-12-01", "at": "12:30", "octal": "0700", "hex": "0x1f",
        "real": True, "nothing": None,
    }  # fmt: skip


def test_numbers_are_numbers_and_quoted_ones_text() -> None:
    assert read_yaml("[8, -3, 2.5, '8', \"2.5\"]", "a.yaml") == [8, -3, 2.5, "8", "2.5"]


def test_folded_text_is_joined() -> None:
    assert read_yaml("why: >-\n  one\n  two\n", "a.yaml") == {"why": "one two"}


def test_an_empty_file_is_none() -> None:
    assert read_yaml("# nothing\n", "a.yaml") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", "a.yaml, line 3: the key 'a' is given twice"),
        ("en:\n  on: 1\n  on: 2\n", "a.yaml, line 3: the key 'on' is given twice"),
        ("a: &x 1\nb: *x\n", "a.yaml, line 1: an anchor is used; write the value out"),
        ("a: &x [*x]\n", "a.yaml, line 1: an anchor is used; write the value out"),
        ("a: !!python/name:os.system ''\n", "a.yaml, line 1: the tag"),
        ("? [a, b]\n: 1\n", "a.yaml, line 1: a key must be plain text"),
        ("a: [1\nb: 2\n", "a.yaml, line 2: this is no YAML"),
        ("a: 1\n---\nb: 2\n", "a.yaml, line 2: this is no YAML (but found another document)"),
    ],
)
def test_what_is_not_meant_is_refused_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(CatalogError) as error:
        read_yaml(text, "a.yaml")
    assert str(error.value).startswith(problem)
    assert "\n" not in str(error.value)


def test_the_fast_parser_of_libyaml_is_used() -> None:
    assert issubclass(strict_yaml._Nodes, yaml.CSafeLoader)
