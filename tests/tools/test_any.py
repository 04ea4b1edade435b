"""Whatever the files hold: no reader crashes, and every span slices to its statement."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from trees import found, plant

from migralint import dialects, tools

PIECES = (
    "-- +goose Up\n|-- +goose Down\n|-- +goose StatementBegin\n|-- +goose StatementEnd\n|"
    "-- +goose NO TRANSACTION\n|-- migrate:up|-- migrate:down| transaction:false|\n|\r\n|"
    "-- +goose ENVSUB ON\n|-- +goose ENVSUB OFF\n|$X|${Y:-z w}|;\n|-- atlas:txtar\n\n|"
    "-- migration.sql --\n|-- down.sql --\n|-- checks.sql --\n|-- atlas:delimiter //\n|//\n|"
    'DELIMITER ;;\n|-- atlas:checkpoint\n|{{ template "x" }}\n|{{ if . }}|{{ .X }}|'
    "-- atlas:txmode none\n|-- no-transaction\n|-- migralint: transaction=|none\n|"
    "--> statement-breakpoint|CREATE TABLE t (id int);|CREATE INDEX CONCURRENTLY i ON t (id);|"
    "DO $$ BEGIN|END $$;|$$|'|\"|\0|\ufeff|é|/*|*/|{|}|\\.\n|COPY t FROM stdin;\n|[flyway]\n"
).split("|")
NAMES = (
    "V1__x.sql V1_0__y.sql R__z.sql 1_x.sql 01_y.sql 1_x.up.sql 1_x.down.sql 2/migration.sql "
    "2/snapshot.json 3/up.sql 3/down.sql 3/metadata.toml meta/_journal.json atlas.sum atlas.hcl "
    "migration_lock.toml flyway.conf flyway.toml package.json go.mod Cargo.toml .gitignore "
    "Makefile .env 1_x.go supabase/migrations/1_x.sql supabase/config.toml V1__x.sql.conf "
    "٣_x.sql ².sql"
).split()

texts = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)
contents = st.one_of(texts.map(str.encode), st.binary(max_size=20))
trees = st.dictionaries(st.sampled_from(NAMES), contents, min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(trees, st.sampled_from([None, None, *sorted(set(tools.NAMES) - {"liquibase"})]))
def test_no_crash_and_exact_spans(tree: dict[str, bytes], tool: str | None) -> None:
    parse = dialects.load("postgresql").parse
    with tempfile.TemporaryDirectory() as folder:
        for root in found(plant(Path(folder), dict(tree)), tool=tool).roots:
            for migration in tools.read(root, parse).migrations:
                for script in (migration.up, migration.down):
                    for statement in script.statements if script else ():
                        assert script is not None
                        span = statement.span
                        assert script.source.text[span.start : span.end] == statement.text
