import pytest

from securescore.catalog.sql import (
    check_select,
    columns_of,
    detail_codes_of,
    reads_clock,
    relations_of,
)
from securescore.errors import CatalogError

ALLOWED = ("users", "groups", "group_members", "sign_in_protection")

REFUSED = {
    "select 1; select 2": "exactly one SELECT is allowed, and this holds 2 statements",
    "select 1; drop table users": "exactly one SELECT is allowed, and this holds 2 statements",
    "": "exactly one SELECT is allowed, and this holds 0 statements",
    "-- only a comment": "exactly one SELECT is allowed, and this holds 0 statements",
    "drop table users": "only a SELECT is allowed, not DROP",
    "copy (select 1) to 'out.csv'": "only a SELECT is allowed, not COPY",
    "attach 'other.db'": "only a SELECT is allowed, not ATTACH",
    "pragma database_list": "only a SELECT is allowed, not PRAGMA",
    "set memory_limit = '1GB'": "only a SELECT is allowed, not SET",
    "create table t as select 1": "only a SELECT is allowed, not CREATE",
    "insert into users values (1)": "only a SELECT is allowed, not INSERT",
    "delete from users": "only a SELECT is allowed, not DELETE",
    "update users set a = 1": "only a SELECT is allowed, not UPDATE",
    "install httpfs": "only a SELECT is allowed, not LOAD",
    "load httpfs": "only a SELECT is allowed, not LOAD",
    "call pragma_version()": "only a SELECT is allowed, not CALL",
    "explain select 1": "only a SELECT is allowed, not EXPLAIN",
    "use memory": "only a SELECT is allowed, not SET",
    "checkpoint": "only a SELECT is allowed, not CALL",
    "select * into t from users": "the query cannot be parsed at line 1, column 10",
    "describe users": "only a SELECT is allowed, and this one holds SHOW",
    "select * from (show tables)": "only a SELECT is allowed, and this one holds SHOW",
    "pivot users on a using sum(b)": "only a SELECT is allowed, not MULTI",
    "with x as (delete from users returning *) select * from x": "only a SELECT is allowed, and this one holds DELETE",
    "select 1 as, from": "the query cannot be parsed at line 1, column 12",
    "select 'é',\n  1 as, from": "the query cannot be parsed at line 2, column 7",
    "select 'unclosed": "the query cannot be parsed",
    "select * from read_parquet('a.parquet')": "read_parquet() reaches outside the evidence",
    "select * from read_csv('a.csv')": "read_csv() reaches outside the evidence",
    "select * from read_json_auto('a.json')": "read_json_auto() reaches outside the evidence",
    "select content from read_text('/etc/passwd')": "read_text() reaches outside the evidence",
    "select '/etc/passwd'.read_text()": "read_text() reaches outside the evidence",
    "select * from main.read_blob('x')": "read_blob() reaches outside the evidence",
    "select * from glob('*')": "glob() reaches outside the evidence",
    "select * from sqlite_scan('a', 'b')": "sqlite_scan() reaches outside the evidence",
    "select * from postgres_query('a', 'b')": "postgres_query() may not stand in FROM",
    "select * from duckdb_settings()": "duckdb_settings() reaches outside the evidence",
    "select getenv('HOME')": "getenv() reaches outside the evidence",
    "select \"getenv\"('HOME')": "getenv() reaches outside the evidence",
    "select list_transform([1], x -> current_setting('x'))": "current_setting() reaches outside the evidence",
    "select * from query('select 1')": "query() reaches outside the evidence",
    "select * from 'users.parquet'": "the query reads users.parquet, which is not declared",
    "select * from information_schema.tables": "the query reads information_schema.tables, which is not declared",
    "select * from other.users": "the query reads other.users, which is not declared",
    "select * from domains": "the query reads domains, which is not declared",
    "select (select max(x) from domains) from users": "the query reads domains, which is not declared",
    "with users as (select * from domains) select * from users": "the query reads domains, which is not declared",
    "select now()": "now() reads the clock",
    "select current_date": "current_date() reads the clock",
    "select age(created) from users": "age() reads the clock",
    "select getvariable('secret')": "getvariable() may only read as_of or device_days",
    "select random()": "random() gives another answer each time",
    "select uuid()": "uuid() gives another answer each time",
    'select "current_user"': "current_user() reaches outside the evidence",
    "select * from users limit (select count(*) from domains)": "the query reads domains, which is not declared",
    "with a as (with b as (select 1) select * from b) select * from b": "the query reads b, which is not declared",
    "with a as (select * from b), b as (select 1) select * from a": "the query reads b, which is not declared",
    "select * from range((select count(*) from domains))": "the query reads domains, which is not declared",
    "select " + "(" * 3000 + "1" + ")" * 3000: "the query ",
    "select * from users using sample 10%": "a sample gives another answer each time",
}


@pytest.mark.parametrize(("sql", "problem"), REFUSED.items(), ids=REFUSED.keys())
def test_everything_but_one_select_over_declared_relations_is_refused_in_one_sentence(
    sql: str, problem: str
) -> None:
    with pytest.raises(CatalogError) as error:
        check_select(sql, ALLOWED)
    assert str(error.value).startswith(problem)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "select 1;",
        "values (1)",
        "select u.user from users u",
        "(select * from users)",
        "from users",
        "SELECT * FROM Users",
        "select * from users union all select * from groups",
        "with a as (select * from users), b as (from a) select * from b",
        "with users as (select * from users where enabled) select * from users",
        "with recursive t as (select 1 as n union all select n + 1 from t where n < 5) select * from t",
        "select u.* from users u left join lateral (select 1 from groups g where g.id = u.id) on true",
        "select * from users, unnest(sku_ids) as s(sku)",
        "select * from range(3), (values (1), (2)) v(x)",
        "select list_filter(a, x -> x > 1), count(*) filter (where b) from users group by all",
        "select age(getvariable('as_of'), created) from users",
        "select 'drop table users; --', $$;$$ /* ; attach 'x' */ from users",
        "select x from users qualify row_number() over (partition by y order by x) = 1",
        "select struct_pack(code := 'x'), {'a': 1} from users where id in (select user_id from group_members)",
    ],
)
def test_a_select_over_declared_relations_is_accepted(sql: str) -> None:
    check_select(sql, ALLOWED)


def test_relations_are_found_wherever_they_stand() -> None:
    sql = """
        with a as (select * from users where exists (select 1 from groups))
        select (select max(x) from domains) from a join lateral (from group_members) on true
        union all select * from sign_in_protection
    """
    assert relations_of(sql) == {"users", "groups", "domains", "group_members", "sign_in_protection"}


def test_the_clock_is_seen() -> None:
    assert reads_clock("select getvariable('as_of') - interval 90 day")
    assert not reads_clock("select 'as_of'")


def test_columns_are_those_of_the_first_select() -> None:
    assert columns_of(
        "with a as (select 1 as x) select a.x as entity_id, b from a union all select 1, 2"
    ) == (
        "entity_id",
        "b",
    )
    assert columns_of("select 1 as x except select 2 intersect select 3") == ("x",)
    assert columns_of("from users") == columns_of("select u.* from users u") == ("*",)


def test_detail_codes_are_found_in_objects_branches_and_literals() -> None:
    sql = """
        select case when a then json_object('code', 'one', 'policy', p)
                    else json_object('policy', 'not_a_code', 'code', case when b then 'two' else coalesce(c, 'three') end)
               end,
               '{"code": "four"}', {'code': 'five'}, '{"name": "none"}', '{no json'
        from (select case x when 'no_code' then 'six' else if(y, 'seven', z) end as code from users)
    """
    assert detail_codes_of(sql) == {"one", "two", "three", "four", "five", "six", "seven"}
