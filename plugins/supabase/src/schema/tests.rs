//! What migrations leave behind.

use super::policy::Command;
use super::{Database, Reach};

fn open_tables(migrations: &[&str]) -> Vec<String> {
    let database = Database::of(migrations);
    database
        .tables
        .iter()
        .filter(|(_, table)| !table.secured)
        .map(|(name, _)| name.to_string())
        .collect()
}

#[test]
fn tables_are_open_until_row_level_security_is_on() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["create table a (id int);"], &["public.a"]),
        (&["create table a (id int); alter table a enable row level security;"], &[]),
        (&["create table a (id int);", "ALTER TABLE public.\"a\" ENABLE ROW LEVEL SECURITY"], &[]),
        (&["create table \"A\" (id int); alter table a enable row level security;"], &["public.A"]),
        (
            &[
                "create table if not exists only_one(x int); alter table if exists only only_one force row level security, enable row level security;",
            ],
            &[],
        ),
        (&["create table a (id int); alter table b enable row level security;"], &["public.a"]),
        (&["create unlogged table a (id int);"], &["public.a"]),
        (&["create table a as select 1;"], &["public.a"]),
        (&["create temp table a (id int); create temporary table b (id int);"], &[]),
        (&["create foreign table a (id int) server s;"], &[]),
        (&["create table private.a (id int);"], &["private.a"]),
        (&["-- create table a (id int);\n/* create table b (id int); */"], &[]),
        (&["select 'create table a (id int);';"], &[]),
        (&["comment on table a is 'create table b (x int); alter table c'"], &[]),
    ];
    for (migrations, expected) in cases {
        assert_eq!(open_tables(migrations), *expected, "{migrations:?}");
    }
}

#[test]
fn a_table_keeps_its_state_through_names_and_leaves_when_dropped() {
    let secured = "create table a (id int); alter table a enable row level security;";
    let cases: &[(&[&str], &[&str])] = &[
        (&["create table a (id int);", "drop table if exists a, public.b cascade;"], &[]),
        (&[secured, "alter table a rename to b;"], &[]),
        (&["create table a (id int);", "alter table a rename to b;"], &["public.b"]),
        (
            &[
                "create table a (id int);",
                "alter table a rename to b; alter table b enable row level security;",
            ],
            &[],
        ),
        (&["create table a (id int);", "alter table a rename column b to c;"], &["public.a"]),
        (&["create table a (id int);", "alter table a set schema private;"], &["private.a"]),
        (&[secured, "drop table a; create table a (id int);"], &["public.a"]),
        (&[secured, "create table if not exists a (id int);"], &[]),
        (&[secured, "alter table a disable row level security;"], &["public.a"]),
        (
            &["create table x.a (id int); create table b (id int); drop schema x cascade;"],
            &["public.b"],
        ),
    ];
    for (migrations, expected) in cases {
        assert_eq!(open_tables(migrations), *expected, "{migrations:?}");
    }
}

#[test]
fn bodies_are_executed_where_they_are_and_not_where_they_are_stored() {
    let cases: &[(&str, &[&str])] = &[
        ("do $$ begin create table a (id int); end $$;", &["public.a"]),
        (
            "do $$ begin if not exists (select 1) then create table a (id int); alter table a enable row level security; end if; end $$;",
            &[],
        ),
        (
            "create function f() returns void as $$ begin create table a (id int); end $$ language plpgsql;",
            &[],
        ),
        (
            "create table a (id int); do $$ begin execute 'alter table a enable row level security'; end $$;",
            &[],
        ),
        (
            "create table a (id int); create table b (id int); do $$ declare t text; begin foreach t in array array['a'] loop execute format('alter table %I enable row level security', t); end loop; end $$;",
            &["public.b"],
        ),
        (
            "create table a (id int); create table b (id int); do $$ declare r record; begin for r in select tablename from pg_tables where schemaname = 'public' loop execute 'alter table ' || r.tablename || ' enable row level security;'; end loop; end $$;",
            &[],
        ),
        (
            "create table a (id int); create function secure(t text) returns void as $$ begin execute format('alter table %I enable row level security', t); end $$ language plpgsql; select secure('a');",
            &[],
        ),
        (
            "create function secure() returns event_trigger as $$ begin execute 'alter table x enable row level security'; end $$ language plpgsql; create table a (id int); create event trigger t on ddl_command_end when tag in ('CREATE TABLE') execute function secure(); create table b (id int);",
            &["public.a"],
        ),
    ];
    for (migration, expected) in cases {
        assert_eq!(open_tables(&[migration]), *expected, "{migration}");
    }
}

#[test]
fn a_search_path_holds_for_its_migration() {
    let first = "set search_path = private, public; create table a (id int);";
    assert_eq!(open_tables(&[first, "create table b (id int);"]), ["private.a", "public.b"]);
    assert_eq!(
        open_tables(&["set search_path to ''; create table public.a (id int)"]),
        ["public.a"]
    );
}

#[test]
fn grants_and_revokes_say_who_reaches_a_table() {
    let cases: &[(&str, Reach)] = &[
        ("create table a (id int);", Reach::Untold),
        ("create table a (id int); grant select on a to anon;", Reach::Granted),
        ("create table a (id int); grant all on table public.a to service_role;", Reach::Untold),
        (
            "create table a (id int); grant select (id) on a to authenticated, service_role;",
            Reach::Granted,
        ),
        ("create table a (id int); revoke all on a from anon, authenticated;", Reach::Revoked),
        (
            "create table a (id int); revoke all privileges on all tables in schema public from anon, authenticated;",
            Reach::Revoked,
        ),
        ("create table a (id int); revoke all on a from anon;", Reach::Untold),
        ("create table a (id int); revoke insert on a from anon, authenticated;", Reach::Untold),
        ("create table a (id int); revoke all on a from public;", Reach::Untold),
        (
            "create table \"public\".\"a\" (id int); revoke select on table \"public\".\"a\" from \"anon\", \"authenticated\"; revoke insert, update, delete, truncate on a from anon, authenticated;",
            Reach::Revoked,
        ),
        (
            "create table a (id int); revoke all on a from anon, authenticated; grant references on a to anon;",
            Reach::Revoked,
        ),
        (
            "create table a (id int); revoke all on a from anon, authenticated; grant select on a to authenticated;",
            Reach::Granted,
        ),
        (
            "alter default privileges in schema public revoke all on tables from anon, authenticated; create table a (id int);",
            Reach::Revoked,
        ),
        (
            "alter default privileges for role postgres in schema public grant select on tables to anon; create table a (id int);",
            Reach::Granted,
        ),
        (
            "create table a (id int); grant usage on schema public to anon; grant execute on function a to anon;",
            Reach::Untold,
        ),
    ];
    for (migration, expected) in cases {
        let database = Database::of(&[migration]);
        let table = database.tables.values().next().expect("the table");
        assert_eq!(table.access.widest(), *expected, "{migration}");
    }
}

fn openings(migrations: &[&str]) -> Vec<(String, bool)> {
    let database = Database::of(migrations);
    database
        .policies
        .iter()
        .filter(|policy| policy.open_role().is_some())
        .filter_map(|policy| Some((policy.name.clone(), policy.opening()?.existing_rows)))
        .collect()
}

#[test]
fn policies_without_a_condition_open_a_table_for_writing() {
    let cases: &[(&str, Option<bool>)] = &[
        ("on a for all using (true)", Some(true)),
        ("on a using (true)", Some(true)),
        ("on a for all to authenticated using (true) with check (true)", Some(true)),
        ("on a for update to anon using ((true))", Some(true)),
        ("on a for update using (true) with check (true)", Some(true)),
        ("on a for delete using (1=1)", Some(true)),
        ("on a for delete using ((select true))", Some(true)),
        ("on a for insert with check (true)", Some(false)),
        ("on a for insert to anon, authenticated with check (true)", Some(false)),
        ("on a for all using (true) with check (auth.uid() = owner)", Some(true)),
        ("on a for select using (true)", None),
        ("on a as restrictive for all using (true)", None),
        ("on a to service_role using (true) with check (true)", None),
        ("on a for update using (true) with check (is_admin())", None),
        ("on a for all using (auth.uid() = owner)", None),
        ("on a for all using (auth.role() = 'service_role')", None),
        ("on a for insert with check (true and auth.uid() = owner)", None),
        ("on a for delete using (false)", None),
    ];
    for (clauses, expected) in cases {
        let found = openings(&[&format!("create policy \"p\" {clauses};")]);
        assert_eq!(found.first().map(|found| found.1), *expected, "{clauses}");
    }
}

#[test]
fn policies_change_and_go() {
    let create = "create table a (id int); create policy p on a for all using (true);";
    let cases: &[(&str, usize)] = &[
        ("drop policy if exists p on public.a;", 0),
        ("drop policy p on b;", 1),
        ("drop table a;", 0),
        ("alter policy p on a using (auth.uid() = id);", 0),
        ("alter policy p on a to service_role;", 0),
        ("alter policy p on a rename to q; drop policy q on a;", 0),
        ("alter table a rename to b; drop policy p on b;", 0),
    ];
    for (migration, expected) in cases {
        assert_eq!(openings(&[create, migration]).len(), *expected, "{migration}");
    }
}

#[test]
fn places_point_into_the_migration_also_from_within_bodies() {
    let text = "do $$ begin create policy p on a for insert with check ( true ); end $$;";
    let database = Database::of(&[text]);
    assert_eq!(database.policies[0].command, Command::Insert);
    let place = database.policies[0].opening().expect("it is open").place;
    assert_eq!(&text[place.range()], "( true )");
    let text = "create table  public.\"My t\" (id int);";
    let database = Database::of(&[text]);
    let table = database.tables.values().next().expect("the table");
    assert_eq!(&text[table.created.range()], "public.\"My t\"");
    assert_eq!(table.statement_end, Some(text.len()));
}

#[test]
fn broken_and_hostile_texts_are_survived() {
    let nested =
        "do $a$ do $b$ do $c$ do $d$ do $e$ do $f$ create table a (id int) $f$ $e$ $d$ $c$ $b$ $a$";
    let cases = [
        "create",
        "create table",
        "create policy",
        "grant",
        "revoke on",
        "alter table a",
        "drop table ,",
        "set search_path",
        "create policy p on a using (((",
        nested,
    ];
    for text in cases {
        let mut database = Database::of(&[text]);
        database.migrate(1, &text.repeat(50));
    }
    let deep = format!("create policy p on a using {}true{};", "(".repeat(5000), ")".repeat(5000));
    assert!(openings(&[&deep]).is_empty(), "deeper than anyone writes");
}
