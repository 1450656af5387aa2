"""The language of mappings: what it says, and what it refuses with the place and the mend."""

from pathlib import Path

import pytest

from vigie.errors import ContractError, EmptyInputError, MalformedInputError
from vigie.features.ingest import mapping
from vigie.features.ingest.mapping import ByKind, Cell, Plan
from vigie.features.ingest.readers.file_plan import LABEL_DEFAULTS
from vigie.features.schema import TABLES

MAPPING = """
doc = "An invented collector."
platform = "Facebook"
[recognise]
columns = ["profile_id", "fans"]
none_of = ["retweets"]
values = {source = "facebook"}
[defaults]
observed_at = 2021-06-01
[accounts]
account_id = "profile_id"
followers_count = "fans"
"""
POSTS = """
[posts]
zone = "Pacific/Noumea"
post_id = "id"
account_id = {first = ["author.id_str", "author.id"]}
"""


def parse(text: str) -> Plan:
    return mapping.parse(text.encode(), "map.toml")


def cell(plan: Plan, table: str, name: str) -> Cell:
    right = plan.tables[table].fields[name]
    assert isinstance(right, Cell)
    return right


def test_a_mapping_says_columns_defaults_and_how_its_files_are_known(tmp_path: Path) -> None:
    path = tmp_path / "collector.toml"
    path.write_text(MAPPING, encoding="utf-8")
    plan = mapping.load(path)
    assert (plan.name, plan.doc, plan.observed_newest, any(one.objects for one in plan.tables.values())) == (
        "collector",
        "An invented collector.",
        False,
        False,
    )
    assert plan.defaults == {"platform": "Facebook", "observed_at": "2021-06-01"}
    assert plan.tables["accounts"].columns() == ["profile_id", "fans"]
    assert plan.recognise is not None
    assert plan.recognise.columns == ("profile_id", "fans")
    assert plan.recognise.none_of == ("retweets",)
    assert plan.recognise.values == {"source": ("facebook",)}


def test_a_field_says_how_its_cells_are_written() -> None:
    plan = parse(
        POSTS + 'created_at = {column = "date", format = "%d/%m/%Y %H:%M"}\n'
        'hashtags = {column = "tags", separator = "|", optional = true}\n'
        'kind = {column = "type", values = {RT = "repost"}}\n'
        'text = {column = "html", html = true}\n'
    )
    created = cell(plan, "posts", "created_at").form
    assert (created.formats, created.zone) == (("%d/%m/%Y %H:%M",), "Pacific/Noumea")
    assert cell(plan, "posts", "hashtags").form.separator == "|"
    assert mapping.is_optional(plan.tables["posts"].fields["hashtags"])
    assert not mapping.is_optional(plan.tables["posts"].fields["kind"])
    assert cell(plan, "posts", "kind").form.values == {"rt": "repost"}
    assert cell(plan, "posts", "text").form.html
    assert cell(plan, "posts", "account_id").columns == ("author.id_str", "author.id")


def test_a_zone_of_one_field_goes_before_that_of_its_section() -> None:
    plan = parse(POSTS + 'created_at = {column = "date", zone = "Europe/Paris"}\n')
    assert cell(plan, "posts", "created_at").form.zone == "Europe/Paris"


def test_a_field_of_posts_may_have_a_column_for_each_kind() -> None:
    plan = parse(POSTS + 'kind = {repost = "rt_id", reply = {first = ["to_id", "parent"]}}\n')
    right = plan.tables["posts"].fields["kind"]
    assert isinstance(right, ByKind)
    assert list(right.cells) == ["repost", "reply"]
    assert list(mapping.columns_of(right)) == ["rt_id", "to_id", "parent"]


def test_records_may_count_as_seen_at_the_newest_time() -> None:
    plan = parse('[defaults]\nobserved_at = "newest"\n' + POSTS)
    assert plan.observed_newest
    assert "observed_at" not in plan.defaults


def test_the_platform_may_stand_in_a_column_for_all_tables() -> None:
    plan = parse('platform = {column = "source", values = {tw = "x"}}\n' + POSTS)
    assert cell(plan, "posts", "platform").form.values == {"tw": "x"}
    assert plan.defaults == {}


def test_rows_may_be_objects_of_posts() -> None:
    assert parse(POSTS + 'row = "object"\n').tables["posts"].objects


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plateform = 'x'", "Did you mean platform"),
        ("accounts = 3", "is not a section"),
        ("[accounts]\nfollower_count = 'a'", r"\[accounts\].*Did you mean followers_count"),
        ("[accounts]\nzone = 'Europe/Paris'", r"\[accounts\] is empty"),
        ("[accounts]\naccount_id = 3", r"\[accounts\], account_id is 3; write a column"),
        ("[accounts]\naccount_id = {colum = 'a'}", r"account_id: colum is not known.*Did you mean column"),
        ("[accounts]\naccount_id = {separator = 'a'}", "one of the two"),
        ("[accounts]\naccount_id = {column = 'a', first = ['b']}", "one of the two"),
        ("[accounts]\naccount_id = {first = 'b'}", "write a list of texts"),
        ("[accounts]\naccount_id = {column = ''}", "write a text in quotation marks"),
        ("[accounts]\naccount_id = {column = 'a', separator = ','}", "separator is for lists"),
        ("[accounts]\nhandle = {column = 'a', format = '%Y'}", "format is for times"),
        ("[accounts]\nhandle = {column = 'a', html = true}", "html is for text and description"),
        ("[accounts]\nfollowers_count = {column = 'a', values = {a = 1}}", "values is for words and flags"),
        ("[accounts]\ndescription = {column = 'a', html = 1}", "html is 1; write true or false"),
        ("[accounts]\ncreated_at = {column = 'a', zone = 'Paris'}", "no name of the IANA time zones"),
        ("[accounts]\nzone = 'Paris'\naccount_id = 'a'", "no name of the IANA time zones"),
        ("[accounts]\nrow = 'object'\naccount_id = 'a'", r'write row = "object" in \[posts\]'),
        ("[accounts]\ncreated_at = {repost = 'a'}", "one column for each kind is for kind, target_post_id"),
        (
            "[posts]\nkind = {column = 'a', values = {rt = 'retweet'}}",
            "has no kind retweet.*Allowed: original",
        ),
        ("[posts]\nkind = {column = 'a', values = 'rt'}", "values is a table"),
        ("[recognise]\ncolumns = 'a'\n[posts]\npost_id = 'a'", "write a list of texts"),
        ("[recognise]\nnone_of = ['a']\n[posts]\npost_id = 'a'", "names no columns and no keys"),
        ("[recognise]\ncolumn = ['a']\n[posts]\npost_id = 'a'", "Did you mean columns"),
        ("doc = 3\n[posts]\npost_id = 'a'", "map.toml, doc is 3"),
    ],
)
def test_what_is_not_known_or_does_not_fit_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ContractError, match=said) as caught:
        parse(text)
    assert str(caught.value).startswith("map.toml")


def test_a_mapping_that_is_no_toml_maps_nothing_or_is_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedInputError, match="is not TOML"):
        parse("[accounts")
    with pytest.raises(EmptyInputError, match="maps nothing"):
        parse('platform = "x"')
    with pytest.raises(EmptyInputError, match="does not exist"):
        mapping.load(tmp_path / "nothing.toml")


@pytest.mark.parametrize("name", ["facebook", "instagram"])
def test_the_mappings_of_the_documentation_load(name: str) -> None:
    folder = Path(__file__).parents[3] / "docs" / "mappings"
    assert {"accounts", "labels"} <= set(mapping.load(folder / f"{name}.toml").tables)


@pytest.mark.parametrize("name", sorted(mapping.shipped()))
def test_a_shipped_mapping_says_what_it_reads_how_it_is_known_and_all_that_is_required(name: str) -> None:
    plan = mapping.shipped()[name]
    assert plan.name == name
    assert plan.doc
    assert plan.recognise is not None
    stated = {*plan.defaults, "platform", *(["observed_at"] if plan.observed_newest else [])}
    for table, section in plan.tables.items():
        implied = {"source", *LABEL_DEFAULTS} if table == "labels" else set()
        assert {one.name for one in TABLES[table] if one.required} <= {*section.fields, *stated, *implied}


def test_the_mapping_of_the_documentation_is_one() -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "mappings.md").read_text(encoding="utf-8")
    plan = parse(page.split("```toml\n")[1].split("```")[0])
    assert set(plan.tables) == {"accounts", "posts"}
