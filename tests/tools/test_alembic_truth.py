"""What is read of a revision is what Alembic sends: each line goes through Alembic's offline mode
and, as SQL, through the parser; the operations must be those that were read from the line.

Nothing of this is imported by migralint itself: Alembic is the witness here.
"""

from __future__ import annotations

import ast
import inspect
import io
from typing import Any

import pytest

from migralint import dialects
from migralint.ops import Begin, Commit, DropIndex, Op
from migralint.source import NOWHERE, Source, Span
from migralint.tools.alembic.revision import read_revision

HEAD = """\
import sqlalchemy as sa
from alembic import op
from sqlalchemy import func, text
from sqlalchemy.dialects import postgresql
revision = "a"
down_revision = None
TABLES = ["users", "orders"]
SCHEMA = "app"
def audited(table):
    op.add_column(table, sa.Column("seen_at", sa.DateTime(timezone=True)))
def upgrade():
    """
CALLS = '''
# add_column
op.add_column("users", sa.Column("nick", sa.Text()))
op.add_column("users", sa.Column("nick", sa.Text(), nullable=False))
op.add_column("users", sa.Column("nick", sa.Text(), nullable=True))
op.add_column("users", sa.Column("nick", sa.Text))
op.add_column("users", sa.Column("nick", sa.String(20), server_default="it's", nullable=False))
op.add_column("users", sa.Column("n", sa.Integer(), server_default="0"))
op.add_column("users", sa.Column("n", sa.Integer(), server_default=sa.text("0")))
op.add_column("users", sa.Column("n", sa.Integer(), default=0, nullable=False))
op.add_column("users", sa.Column("n", sa.Integer(), server_default=None))
op.add_column("users", sa.Column("at", sa.DateTime(), server_default=sa.func.now()))
op.add_column("users", sa.Column("at", sa.DateTime(), server_default=func.current_timestamp()))
op.add_column("users", sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()")))
op.add_column("users", sa.Column("on", sa.Boolean(), server_default=sa.false(), nullable=False))
op.add_column("users", sa.Column("on", sa.Boolean(), server_default=sa.sql.expression.true()))
op.add_column("users", sa.Column("on", sa.Boolean(), server_default=sa.sql.false()))
op.add_column("users", sa.Column("on", sa.Boolean(), server_default="f"))
op.add_column("users", sa.Column("x", sa.Text(), server_default=sa.null()))
op.add_column("users", sa.Column("x", sa.Text(), server_default=sa.literal("a")))
op.add_column("users", sa.Column("id2", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))
op.add_column("users", sa.Column("id2", sa.UUID(), server_default=func.gen_random_uuid()))
op.add_column("users", sa.Column("x", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb")))
op.add_column("users", sa.Column("x", postgresql.JSONB, server_default="{}"))
op.add_column("users", sa.Column("x", sa.Text(), comment="why it's here"))
op.add_column("users", sa.Column("x", sa.Text(), unique=True))
op.add_column("users", sa.Column("x", sa.Text(), index=True))
op.add_column("users", sa.Column("x", sa.Text(), index=True, unique=True))
op.add_column("users", sa.Column("x", sa.Text()), schema="app")
op.add_column("users", sa.Column("x", sa.Text(), index=True, unique=False), schema="app")
op.add_column("users", sa.Column("x", sa.Text()), schema=SCHEMA)
op.add_column("users", sa.Column("x", sa.Text()), if_not_exists=True)
op.add_column("users", sa.Column("team_id", sa.Integer(), sa.ForeignKey("teams.id")))
op.add_column("users", sa.Column("team_id", sa.Integer(), sa.ForeignKey("teams.id", name="fk_team")))
op.add_column("users", sa.Column("team_id", sa.Integer(), sa.ForeignKey("app.teams.id", ondelete="CASCADE", onupdate="SET NULL")))
op.add_column("users", sa.Column("team_id", sa.Integer(), sa.ForeignKey("teams.id", deferrable=True, initially="DEFERRED")))
op.add_column("users", sa.Column("team_id", sa.Integer(), sa.ForeignKey("teams.id"), index=True))
op.add_column("users", sa.Column("team_id", sa.Integer(), sa.ForeignKey("teams.id")), inline_references=True)
op.add_column("users", sa.Column("team_id", sa.Integer(), sa.ForeignKey("teams.id", name="fk_team", ondelete="CASCADE")), inline_references=True)
op.add_column("users", sa.Column("n", sa.Integer(), sa.CheckConstraint("n > 0", name="ck_n")))
op.add_column("users", sa.Column("n", sa.Integer(), sa.Identity()))
op.add_column("users", sa.Column("n", sa.Integer(), sa.Identity(always=True, start=3, increment=2)))
op.add_column("users", sa.Column("n", sa.BigInteger(), sa.Identity(True, minvalue=1, maxvalue=9, cycle=True, cache=5), nullable=False))
op.add_column("users", sa.Column("n", sa.Integer(), sa.Computed("a + b")))
op.add_column("users", sa.Column("n", sa.Integer(), sa.Computed("a + b", persisted=True)))
op.add_column("users", sa.Column("id", sa.Integer(), primary_key=True))
op.add_column("users", sa.Column("id", sa.Integer(), primary_key=True), inline_primary_key=True)
op.add_column("users", sa.Column("id", sa.BigInteger(), sa.Sequence("users_id_seq"), nullable=False))
op.add_column("users", sa.Column("state", sa.Enum("a", "b", name="state")))
op.add_column("users", sa.Column("state", postgresql.ENUM("a", "b", name="state", create_type=False), nullable=False))
op.add_column("users", sa.Column("state", sa.Enum("a", "b", name="state", native_enum=False)))
op.add_column("users", sa.Column("state", sa.Enum("a", "b", name="state", native_enum=False, create_constraint=True)))
op.add_column("users", sa.Column("on", sa.Boolean(create_constraint=True, name="ck_on")))
op.add_column(table_name="users", column=sa.Column("x", sa.Text()))
op.add_column("users", sa.Column(name="x", type_=sa.Text(), nullable=False))
op.add_column("Users", sa.Column("Nick Name", sa.Text()))
op.add_column("order", sa.Column("select", sa.Text()))
op.add_column("users", sa.Column(sa.String(8), name="x"))
op.add_column("users", sa.Column("x", sa.Text(), key="y"))
op.add_column("users", sa.Column("x", sa.Text(), info={"a": 1}, doc="words", system=False))
op.add_column("users", sa.Column("x", sa.Text(), server_default=""))
op.add_column("users", sa.Column("x", sa.Text(), server_onupdate=sa.FetchedValue()))
op.add_column("users", sa.Column("x", sa.Text(), server_default=sa.FetchedValue()))
op.add_column("users", sa.Column("x", sa.Text(), sa.FetchedValue()))
op.add_column("users", sa.Column("x", sa.Text(), server_default=sa.text("'a' || 'b'")))
op.add_column("users", sa.Column("x", sa.Text(), server_default=sa.cast("a", sa.Text())))
op.add_column("users", sa.Column("x", sa.Integer(), server_default=func.length("abc")))
op.add_column("users", sa.Column("x", sa.DateTime(), server_default=func.timezone("utc", func.now())))
op.add_column("users", sa.Column("x", sa.Integer(), server_default=sa.Sequence("s").next_value()))
# types
op.add_column("t", sa.Column("c", sa.SmallInteger()))
op.add_column("t", sa.Column("c", sa.BigInteger()))
op.add_column("t", sa.Column("c", sa.String()))
op.add_column("t", sa.Column("c", sa.String(length=64)))
op.add_column("t", sa.Column("c", sa.String(64, collation="C")))
op.add_column("t", sa.Column("c", sa.VARCHAR(length=64)))
op.add_column("t", sa.Column("c", sa.CHAR(3)))
op.add_column("t", sa.Column("c", sa.Unicode(9)))
op.add_column("t", sa.Column("c", sa.UnicodeText()))
op.add_column("t", sa.Column("c", sa.Text(collation="de_DE")))
op.add_column("t", sa.Column("c", sa.Numeric()))
op.add_column("t", sa.Column("c", sa.Numeric(10, 2)))
op.add_column("t", sa.Column("c", sa.Numeric(precision=10)))
op.add_column("t", sa.Column("c", sa.DECIMAL(10, 2)))
op.add_column("t", sa.Column("c", sa.Float()))
op.add_column("t", sa.Column("c", sa.Float(precision=53)))
op.add_column("t", sa.Column("c", sa.REAL()))
op.add_column("t", sa.Column("c", sa.Double()))
op.add_column("t", sa.Column("c", sa.Double(53)))
op.add_column("t", sa.Column("c", postgresql.DOUBLE_PRECISION(precision=53)))
op.add_column("t", sa.Column("c", sa.Date()))
op.add_column("t", sa.Column("c", sa.Time()))
op.add_column("t", sa.Column("c", sa.Time(timezone=True)))
op.add_column("t", sa.Column("c", sa.TIMESTAMP(timezone=True)))
op.add_column("t", sa.Column("c", postgresql.TIMESTAMP(precision=3)))
op.add_column("t", sa.Column("c", postgresql.TIMESTAMP(True, 3)))
op.add_column("t", sa.Column("c", postgresql.TIME(precision=3)))
op.add_column("t", sa.Column("c", sa.Interval()))
op.add_column("t", sa.Column("c", sa.Interval(second_precision=3)))
op.add_column("t", sa.Column("c", postgresql.INTERVAL(precision=3)))
op.add_column("t", sa.Column("c", postgresql.INTERVAL(fields="DAY TO SECOND")))
op.add_column("t", sa.Column("c", sa.LargeBinary()))
op.add_column("t", sa.Column("c", sa.LargeBinary(100)))
op.add_column("t", sa.Column("c", sa.PickleType()))
op.add_column("t", sa.Column("c", sa.JSON()))
op.add_column("t", sa.Column("c", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")))
op.add_column("t", sa.Column("c", sa.JSON(none_as_null=True).with_variant(sa.Text(), "sqlite")))
op.add_column("t", sa.Column("c", postgresql.JSONB(astext_type=sa.Text())))
op.add_column("t", sa.Column("c", postgresql.UUID(as_uuid=True)))
op.add_column("t", sa.Column("c", sa.Uuid(native_uuid=False)))
op.add_column("t", sa.Column("c", sa.Uuid(as_uuid=False)))
op.add_column("t", sa.Column("c", sa.ARRAY(sa.Integer())))
op.add_column("t", sa.Column("c", postgresql.ARRAY(sa.String(length=9), dimensions=2)))
op.add_column("t", sa.Column("c", postgresql.ARRAY(sa.Text())))
op.add_column("t", sa.Column("c", postgresql.INET()))
op.add_column("t", sa.Column("c", postgresql.CIDR()))
op.add_column("t", sa.Column("c", postgresql.MACADDR()))
op.add_column("t", sa.Column("c", postgresql.TSVECTOR()))
op.add_column("t", sa.Column("c", postgresql.HSTORE(text_type=sa.Text())))
op.add_column("t", sa.Column("c", postgresql.CITEXT()))
op.add_column("t", sa.Column("c", postgresql.BIT(3)))
op.add_column("t", sa.Column("c", postgresql.BIT(3, varying=True)))
op.add_column("t", sa.Column("c", postgresql.BIT(varying=True)))
op.add_column("t", sa.Column("c", postgresql.MONEY()))
op.add_column("t", sa.Column("c", postgresql.OID()))
op.add_column("t", sa.Column("c", postgresql.BYTEA()))
op.add_column("t", sa.Column("c", postgresql.TSTZRANGE()))
op.add_column("t", sa.Column("c", postgresql.INT4MULTIRANGE()))
op.add_column("t", sa.Column("c", postgresql.DOMAIN("email", sa.Text())))
op.add_column("t", sa.Column("c", postgresql.DOMAIN("email", sa.Text(), schema="app")))
op.add_column("t", sa.Column("c", postgresql.ENUM("a", name="kind", schema="app")))
op.add_column("t", sa.Column("c", postgresql.ARRAY(sa.Enum("a", name="kind"))))
op.add_column("t", sa.Column("c", sa.types.Integer()))
op.add_column("t", sa.Column("c", sa.sql.sqltypes.Integer))
op.add_column("t", sa.Column("c", sa.Integer().with_variant(sa.BigInteger(), "postgresql")))
op.add_column("t", sa.Column("c", sa.BINARY()))
# alter_column
op.alter_column("users", "age", nullable=False)
op.alter_column("users", "age", nullable=True)
op.alter_column("users", "age", existing_type=sa.Integer(), nullable=False)
op.alter_column("users", "age", existing_type=sa.Integer(), existing_nullable=True, nullable=None, server_default="0")
op.alter_column("users", "age", type_=sa.BigInteger())
op.alter_column("users", "age", type_=sa.BigInteger, existing_type=sa.Integer())
op.alter_column("users", "age", type_=sa.Integer(), postgresql_using="age::integer")
op.alter_column("users", "age", type_=sa.String(9), nullable=False, server_default="x", comment="c", new_column_name="years")
op.alter_column("users", "age", new_column_name="years")
op.alter_column("users", "age", server_default=None)
op.alter_column("users", "age", server_default=sa.text("1"))
op.alter_column("users", "age", server_default="1")
op.alter_column("users", "age", server_default=False)
op.alter_column("users", "age", server_default=sa.func.now(), existing_server_default=None)
op.alter_column("users", "age", comment="how old")
op.alter_column("users", "age", comment=None, existing_comment="how old")
op.alter_column("users", "age", nullable=False, schema="app")
op.alter_column("users", "age", existing_type=sa.Integer(), existing_server_default="1")
op.alter_column("users", "age", server_default=sa.Identity())
op.alter_column("users", "age", server_default=sa.Identity(always=True), existing_server_default=None)
op.alter_column("users", "age", server_default=None, existing_server_default=sa.Identity())
op.alter_column("users", "age", server_default=sa.Identity(start=5), existing_server_default=sa.Identity())
op.alter_column("users", "age", server_default=sa.Identity(always=True), existing_server_default=sa.Identity())
op.alter_column(table_name="users", column_name="age", nullable=False)
op.alter_column("users", "state", type_=sa.Enum("a", "b", name="state"), postgresql_using="state::state")
op.alter_column("users", "state", type_=postgresql.ENUM("a", name="state"), existing_type=sa.Text())
op.alter_column("users", "on", type_=sa.Boolean(), existing_type=sa.Integer(), postgresql_using="\\"on\\"::boolean")
op.alter_column("users", "age", existing_type=sa.INTEGER(), type_=sa.Text(), existing_nullable=False, existing_server_default=sa.text("1"))
# drop_column
op.drop_column("users", "age")
op.drop_column("users", "age", schema="app")
op.drop_column("users", "age", if_exists=True)
op.drop_column("users", "age", mssql_drop_default=True)
op.drop_column(table_name="users", column_name="age")
# create_table
op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text()))
op.create_table("users", sa.Column("id", sa.Integer(), nullable=False), sa.Column("name", sa.Text()), sa.PrimaryKeyConstraint("id"))
op.create_table("users", sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True))
op.create_table("users", sa.Column("id", sa.Integer(), autoincrement=False, nullable=False), sa.PrimaryKeyConstraint("id", name="users_pkey"))
op.create_table("users", sa.Column("id", sa.Uuid(), primary_key=True))
op.create_table("users", sa.Column("a", sa.Integer(), primary_key=True), sa.Column("b", sa.Integer(), primary_key=True))
op.create_table("users", sa.Column("a", sa.Integer(), nullable=False), sa.Column("b", sa.SmallInteger(), nullable=False, autoincrement=True), sa.PrimaryKeyConstraint("a", "b"))
op.create_table("users", sa.Column("id", sa.Integer(), sa.ForeignKey("people.id"), primary_key=True))
op.create_table("users", sa.Column("id", sa.Integer(), sa.ForeignKey("people.id"), primary_key=True, autoincrement="ignore_fk"))
op.create_table("users", sa.Column("id", sa.Integer(), server_default="7", primary_key=True))
op.create_table("users", sa.Column("id", sa.Integer(), sa.Sequence("users_seq"), primary_key=True))
op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True, default=1))
op.create_table("users", sa.Column("id", sa.Integer()), sa.Column("org", sa.Integer()), sa.UniqueConstraint("id", "org", name="uq"), sa.UniqueConstraint("org"))
op.create_table("users", sa.Column("id", sa.Integer()), sa.ForeignKeyConstraint(["id"], ["people.id"], name="fk", ondelete="CASCADE", use_alter=False))
op.create_table("users", sa.Column("id", sa.Integer()), sa.ForeignKeyConstraint(["id"], ["people.id"]), sa.CheckConstraint("id > 0"))
op.create_table("users", sa.Column("id", sa.Integer()), sa.ForeignKeyConstraint(("id",), ("app.people.id",), onupdate="CASCADE", deferrable=True, initially="DEFERRED", match="FULL"))
op.create_table("users", sa.Column("a", sa.Integer()), sa.Column("b", sa.Integer()), sa.ForeignKeyConstraint(["a", "b"], ["people.a", "people.b"]))
op.create_table("users", sa.Column("id", sa.Integer()), sa.CheckConstraint("id > 0", name="positive"))
op.create_table("users", sa.Column("id", sa.Integer()), sa.CheckConstraint(sa.text("id > 0"), name=op.f("positive")))
op.create_table("users", sa.Column("id", sa.Integer()), sa.CheckConstraint(sa.column("id") > 5, name="big"))
op.create_table("users", sa.Column("id", sa.Integer()), sa.PrimaryKeyConstraint("id", name=op.f("pk_users")))
op.create_table("users", sa.Column("email", sa.Text(), unique=True), sa.Column("n", sa.Integer(), index=True))
op.create_table("users", sa.Column("email", sa.Text(), unique=True, index=True), schema="app")
op.create_table("users", sa.Column("id", sa.Integer()), schema="app", comment="all of them")
op.create_table("users", sa.Column("id", sa.Integer(), comment="a number"), sa.Column("b", sa.Text()))
op.create_table("users", sa.Column("id", sa.Integer()), if_not_exists=True)
op.create_table("users", sa.Column("id", sa.Integer()), prefixes=["UNLOGGED"])
op.create_table("users", sa.Column("id", sa.Integer()), postgresql_partition_by="RANGE (id)")
op.create_table("users", sa.Column("id", sa.Integer()), postgresql_inherits="people")
op.create_table("users", sa.Column("id", sa.Integer()), postgresql_tablespace="fast")
op.create_table("users", sa.Column("id", sa.Integer()), postgresql_using="heap")
op.create_table("users", sa.Column("id", sa.Integer()), postgresql_with_oids=False)
op.create_table("users", sa.Column("id", sa.Integer()), postgresql_on_commit="PRESERVE ROWS", prefixes=["TEMPORARY"])
op.create_table("users", sa.Column("id", sa.Integer()), mysql_engine="InnoDB", mysql_charset="utf8", info={})
op.create_table("users", sa.Column("state", sa.Enum("a", "b", name="state"), nullable=False))
op.create_table("users", sa.Column("a", sa.Enum("a", "b", name="state")), sa.Column("b", sa.Enum("a", "b", name="state")))
op.create_table("users", sa.Column("state", postgresql.ENUM("a", "b", name="state", create_type=False)))
op.create_table("users", sa.Column("state", sa.Enum("a", "b", name="state", schema="app")))
op.create_table("users", sa.Column("state", sa.Enum("a", "b", name="state", native_enum=False, create_constraint=True)))
op.create_table("users", sa.Column("on", sa.Boolean(), sa.CheckConstraint('"on"'), nullable=False))
op.create_table("users", sa.Column("a", postgresql.ARRAY(sa.Enum("x", name="kind"))))
op.create_table("users", sa.Column("a", sa.Integer()), sa.Column("b", sa.Integer(), sa.Computed("a * 2", persisted=True)))
op.create_table("users", sa.Column("a", postgresql.INT4RANGE()), postgresql.ExcludeConstraint(("a", "&&"), using="gist", name="no_overlap"))
op.create_table("users", sa.Column("a", postgresql.INT4RANGE()), sa.Column("b", sa.Integer()), postgresql.ExcludeConstraint((sa.column("a"), "&&"), ("b", "="), where=sa.text("b > 1")))
op.create_table("users", sa.Column("a", sa.Integer()), sa.Index("ix_a", "a"))
op.create_table("users", sa.Column("a", sa.Integer()), sa.Index("ix_b", "a", unique=True, postgresql_where=sa.text("a > 1")))
op.create_table("users", sa.Column("a", sa.Integer()), sa.UniqueConstraint("a", deferrable=True, initially="IMMEDIATE"))
op.create_table("users", sa.Column("a", sa.Integer()), sa.UniqueConstraint("a", postgresql_nulls_not_distinct=True, postgresql_include=["a"]))
op.create_table("users", *[sa.Column(name, sa.Text()) for name in ("a", "b")])
op.create_table("users", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("id"), sqlite_autoincrement=True)
op.create_table("users", sa.Column("id", sa.Integer, sa.ForeignKey("people.id", ondelete="SET NULL"), nullable=True), sa.Column("x", sa.Text, sa.ForeignKey("other.x", name="fk_x")))
op.create_table("Users", sa.Column("Id", sa.Integer(), primary_key=True), sa.Column("user", sa.Text(), sa.ForeignKey("Other.Id")))
op.create_table("a", sa.Column("x", sa.String(), server_default=sa.text("'%'")))
op.create_table("users")
op.create_table("users", sa.Column("id", sa.Integer()), sa.ForeignKeyConstraint(["id"], ["people.id"], name="fk", use_alter=True))
op.create_table("users", sa.Column("id", sa.Integer(), sa.ForeignKey("people.id", name="fk", use_alter=True)))
[op.create_table(t, sa.Column("state", sa.Enum("a", "b", name="state"))) for t in TABLES]
op.create_table("users", sa.Column("a", sa.Integer(), sa.ForeignKey("t.id"), unique=True), sa.Column("s", sa.Boolean(create_constraint=True, name="f")), sa.CheckConstraint("a > 1"), sa.UniqueConstraint("a"), sa.ForeignKeyConstraint(["a"],["u.id"]))
op.create_table("users", sa.UniqueConstraint("a"), sa.Column("a", sa.Integer(), sa.ForeignKey("t.id"), unique=True), sa.Column("b", sa.Integer(), sa.ForeignKey("t.id"), unique=True), sa.CheckConstraint("a > 1"))
op.create_table("users", sa.Column("a", sa.Integer(), sa.ForeignKey("t.id")), sa.Column("b", sa.Enum("x", name="k", native_enum=False, create_constraint=True), unique=True), sa.CheckConstraint("a > 1"))
op.create_table("users", sa.Column("b", sa.Enum("x", name="k", native_enum=False, create_constraint=True), unique=True), sa.Column("a", sa.Integer(), sa.ForeignKey("t.id")), sa.CheckConstraint("a > 1"))
op.create_table("users", sa.Column("b", sa.Boolean(create_constraint=True, name="k"), sa.ForeignKey("z.id"), unique=True), sa.Column("a", sa.Integer(), sa.ForeignKey("t.id")))
# tables
op.drop_table("users")
op.drop_table("users", schema="app")
op.drop_table("users", if_exists=True)
op.drop_table(table_name="users")
op.rename_table("users", "people")
op.rename_table("users", "people", schema="app")
op.rename_table(old_table_name="users", new_table_name="people")
op.create_table_comment("users", "all of them")
op.create_table_comment("users", "all of them", existing_comment="none", schema="app")
op.drop_table_comment("users")
op.drop_table_comment("users", existing_comment="x", schema="app")
# indexes
op.create_index("ix", "users", ["email"])
op.create_index("ix", "users", ["email"], unique=True)
op.create_index("ix", "users", ["email"], unique=False)
op.create_index(op.f("ix_users_email"), "users", ["email"])
op.create_index(index_name="ix", table_name="users", columns=["email", "name"])
op.create_index("ix", "users", ["email"], schema="app")
op.create_index("ix", "users", ["email"], if_not_exists=True)
op.create_index("ix", "users", [sa.text("lower(email)")])
op.create_index("ix", "users", [sa.text("lower(email)"), "name"], unique=True)
op.create_index("ix", "users", [func.lower(sa.column("email"))])
op.create_index("ix", "users", [sa.literal_column("lower(email)")])
op.create_index("ix", "users", [sa.desc("email")])
op.create_index("ix", "users", [sa.column("email").desc().nulls_last()])
op.create_index("ix", "users", [sa.text("email DESC NULLS LAST")])
op.create_index("ix", "users", ["email"], postgresql_using="hash")
op.create_index("ix", "users", ["doc"], postgresql_using="gin", postgresql_ops={"doc": "jsonb_path_ops"})
op.create_index("ix", "users", ["email"], postgresql_where=sa.text("deleted_at IS NULL"))
op.create_index("ix", "users", ["email"], postgresql_where="deleted_at IS NULL")
op.create_index("ix", "users", ["email"], postgresql_where=sa.column("deleted_at").is_(None))
op.create_index("ix", "users", ["email"], postgresql_where=sa.column("state") == "x")
op.create_index("ix", "users", ["email"], postgresql_include=["name"])
op.create_index("ix", "users", ["email"], postgresql_nulls_not_distinct=True, unique=True)
op.create_index("ix", "users", ["email"], postgresql_with={"fillfactor": 70})
op.create_index("ix", "users", ["email"], postgresql_tablespace="fast")
op.create_index("ix", "users", ["Email", "order"])
op.create_index("ix", "users", ["email"], mysql_length=20)
op.create_index("ix", "users", ["email"], info={"a": 1})
op.create_index(None, "users", ["email"])
with op.get_context().autocommit_block(): op.create_index("ix", "users", ["email"], postgresql_concurrently=True)
with op.get_context().autocommit_block(): op.create_index("ix", "users", ["email"], postgresql_concurrently=True, if_not_exists=True)
with op.get_context().autocommit_block(): op.drop_index("ix", "users", postgresql_concurrently=True)
with op.get_context().autocommit_block(): op.drop_index("ix", postgresql_concurrently=True, if_exists=True)
op.create_index("ix", "users", ["email"], postgresql_concurrently=False)
op.drop_index("ix")
op.drop_index("ix", table_name="users")
op.drop_index("ix", "users")
op.drop_index(op.f("ix_users_email"), table_name="users", schema="app")
op.drop_index(index_name="ix", if_exists=True)
# constraints
op.create_foreign_key("fk", "users", "teams", ["team_id"], ["id"])
op.create_foreign_key(None, "users", "teams", ["team_id"], ["id"])
op.create_foreign_key("fk", "users", "teams", ["team_id"], ["id"], ondelete="CASCADE", onupdate="RESTRICT")
op.create_foreign_key("fk", "users", "teams", ["team_id"], ["id"], postgresql_not_valid=True)
op.create_foreign_key("fk", "users", "teams", ["team_id"], ["id"], deferrable=True, initially="DEFERRED")
op.create_foreign_key("fk", "users", "teams", ["team_id"], ["id"], deferrable=False)
op.create_foreign_key("fk", "users", "teams", ["a", "b"], ["a", "b"], source_schema="app", referent_schema="org", match="FULL")
op.create_foreign_key(constraint_name="fk", source_table="users", referent_table="teams", local_cols=["team_id"], remote_cols=["id"])
op.create_foreign_key(op.f("fk_users_teams"), "users", "users", ["parent_id"], ["id"], use_alter=True)
op.create_unique_constraint("uq", "users", ["email"])
op.create_unique_constraint(None, "users", ["email", "org"])
op.create_unique_constraint("uq", "users", ["email"], schema="app", deferrable=True, initially="DEFERRED")
op.create_unique_constraint("uq", "users", ["email"], postgresql_nulls_not_distinct=True)
op.create_unique_constraint("uq", "users", ["email", "name"], postgresql_include=["name"])
op.create_unique_constraint(constraint_name="uq", table_name="users", columns=["email"])
op.create_primary_key("pk", "users", ["id"])
op.create_primary_key(None, "users", ["id", "org"], schema="app")
op.create_primary_key(constraint_name="pk", table_name="users", columns=["id"])
op.create_check_constraint("ck", "users", "age > 0")
op.create_check_constraint("ck", "users", sa.text("age > 0"))
op.create_check_constraint("ck", "users", sa.column("age") > 0)
op.create_check_constraint("ck", "users", func.length(sa.column("name")) > 5)
op.create_check_constraint("ck", "users", sa.column("age").between(1, 2))
op.create_check_constraint("ck", "users", sa.column("kind").in_(["a", "b"]))
op.create_check_constraint("ck", "users", sa.and_(sa.column("a") > 1, sa.column("b").is_not(None)))
op.create_check_constraint("ck", "users", sa.or_(sa.column("a").is_(None), sa.column("b") != 2))
op.create_check_constraint("ck", "users", sa.not_(sa.column("a").is_(None)))
op.create_check_constraint("ck", "users", "age > 0", postgresql_not_valid=True)
op.create_check_constraint("ck", "users", "age > 0", schema="app", deferrable=None)
op.create_check_constraint(constraint_name="ck", table_name="users", condition="age > 0")
op.create_check_constraint("ck", "users", "name LIKE 'a%'")
op.create_exclude_constraint("ex", "users", ("period", "&&"), ("room", "="), using="gist")
op.create_exclude_constraint("ex", "users", ("period", "&&"), where=sa.text("room > 1"), deferrable=True)
op.create_exclude_constraint("ex", "users", (sa.column("period"), "&&"), schema="app")
op.drop_constraint("uq", "users")
op.drop_constraint("fk", "users", type_="foreignkey")
op.drop_constraint("ck", "users", "check")
op.drop_constraint("pk", "users", type_="primary", schema="app")
op.drop_constraint("uq", "users", type_="unique", if_exists=True)
op.drop_constraint(op.f("uq"), table_name="users")
op.drop_constraint(constraint_name="uq", table_name="users")
# batches
with op.batch_alter_table("users") as b: b.add_column(sa.Column("x", sa.Text())); b.drop_column("y")
with op.batch_alter_table("users", schema="app") as b: b.alter_column("x", nullable=False)
with op.batch_alter_table("users", schema=None) as b: b.create_index(b.f("ix"), ["x"], unique=True)
with op.batch_alter_table("users") as b: b.create_index("ix", ["x"], postgresql_where=sa.text("x > 1"))
with op.batch_alter_table("users") as b: b.drop_index("ix")
with op.batch_alter_table("users") as b: b.create_foreign_key("fk", "teams", ["team_id"], ["id"], ondelete="CASCADE")
with op.batch_alter_table("users", schema="app") as b: b.create_foreign_key("fk", "teams", ["team_id"], ["id"], referent_schema="org")
with op.batch_alter_table("users") as b: b.create_unique_constraint("uq", ["a", "b"])
with op.batch_alter_table("users") as b: b.create_primary_key("pk", ["id"])
with op.batch_alter_table("users") as b: b.create_check_constraint("ck", "a > 0")
with op.batch_alter_table("users") as b: b.drop_constraint("ck", type_="check")
with op.batch_alter_table("users") as b: b.alter_column("x", new_column_name="y", existing_type=sa.Text())
with op.batch_alter_table("users") as b: b.alter_column(column_name="x", type_=sa.Text())
with op.batch_alter_table("users", recreate="never") as b: b.add_column(sa.Column("x", sa.Integer(), sa.ForeignKey("teams.id", name="fk")))
with op.batch_alter_table("users") as b: b.create_table_comment("words"); b.drop_table_comment()
with op.batch_alter_table("users") as b: b.create_exclude_constraint("ex", ("a", "&&"), using="gist")
with op.batch_alter_table("users", naming_convention={"fk": "fk_%(table_name)s_%(referred_table_name)s"}) as b: b.drop_constraint("fk_users_teams", type_="foreignkey")
with op.batch_alter_table(table_name="users") as b: b.execute("UPDATE users SET x = 1")
with op.batch_alter_table("users") as b: b.create_foreign_key(b.f("fk"), referent_table="teams", local_cols=["t"], remote_cols=["id"])
with op.batch_alter_table("users") as b: b.create_index(index_name="ix", columns=["x"])
# execute
op.execute("UPDATE users SET nick = 'x' WHERE nick IS NULL")
op.execute("UPDATE users " "SET nick = 'x' " "WHERE nick IS NULL")
op.execute(sa.text("UPDATE users SET nick = 'x'"))
op.execute(text("ALTER TABLE users ADD COLUMN x int"))
op.execute("SELECT '12\\\\:30'")
op.execute(sa.text("SELECT 'a'\\\\:\\\\:text"))
op.execute("SELECT 'a'::text")
op.execute("UPDATE users SET nick = 'a%' WHERE nick LIKE '%b%'")
op.execute(sqltext="DROP VIEW v")
op.execute("UPDATE {} SET x = 1".format("users"))
op.execute("UPDATE {table} SET x = {value}".format(table="users", value=3))
op.execute("UPDATE %s SET x = %d" % ("users", 3))
op.execute("UPDATE %(t)s SET x = 1" % {"t": "users"})
op.execute(f"UPDATE {TABLES[0]} SET x = 1")
op.execute(f"""UPDATE {SCHEMA}.users SET x = {1 + 1}""")
op.execute("UPDATE " + TABLES[1] + " SET x = 1")
op.execute("".join(["UPDATE ", "users", " SET x = 1"]))
op.execute("; ".join("DROP TABLE " + t for t in TABLES))
op.execute(sa.text("UPDATE users SET x = :x").bindparams(x=1))
op.execute(sa.text("UPDATE users SET x = :x").bindparams(sa.bindparam("x", "it's")))
op.execute("CREATE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql")
op.execute(sa.update(sa.table("users", sa.column("x", sa.Integer))).values(x=1))
op.execute(sa.table("users", sa.column("x", sa.Integer)).update().values(x=1).where(sa.column("x") == 2))
op.execute(sa.table("users", sa.column("x", sa.Integer)).update().values({"x": op.inline_literal("1")}))
op.execute(sa.table("users", sa.column("x", sa.Integer)).delete().where(sa.column("x") == 2))
op.execute(sa.delete(sa.table("users", sa.column("x", sa.Integer))))
op.execute(sa.insert(sa.table("users", sa.column("x", sa.Integer))).values(x=1))
op.execute(sa.table("users", sa.column("x"), schema="app").insert().values({"x": op.inline_literal("a")}))
op.execute(sa.schema.CreateSequence(sa.Sequence("s")))
op.execute(sa.schema.CreateSequence(sa.Sequence("s", data_type=sa.Integer(), start=3)))
op.execute(sa.schema.DropSequence(sa.Sequence("s")))
op.execute(sa.schema.CreateSchema("app"))
op.execute(sa.schema.CreateSchema("app", if_not_exists=True))
op.execute(sa.schema.DropSchema("app", cascade=True))
op.execute(sa.DDL("ALTER TABLE users ENABLE ROW LEVEL SECURITY"))
# rows
op.bulk_insert(sa.table("users", sa.column("id", sa.Integer), sa.column("n", sa.Text)), [{"id": 1, "n": "a"}, {"id": 2, "n": "b"}])
op.bulk_insert(sa.table("users", sa.column("id", sa.Integer)), [{"id": 1}])
op.bulk_insert(sa.table("users", sa.column("id", sa.Integer)), [])
op.bulk_insert(sa.table("users", sa.column("id", sa.Integer)), [{"id": 1}, {"id": 2}], multiinsert=False)
# Python around them
for table in TABLES: op.add_column(table, sa.Column("x", sa.Text()))
for name, kind in (("a", sa.Text()), ("b", sa.Integer())): op.add_column("users", sa.Column(name, kind))
for name, kind in {"a": sa.Text(), "b": sa.Integer()}.items(): op.add_column("users", sa.Column(name, kind))
for i, table in enumerate(TABLES): op.create_index(f"ix_{i}", table, [f"c{i}"])
for table in reversed(sorted(TABLES)): op.drop_table(table)
for table in (t for t in TABLES if t != "orders"): op.drop_table(table)
for table in set(["users"]): op.drop_table(table)
[op.drop_table(table) for table in TABLES]
audited("users")
for table in TABLES: audited(table)
audited(table="orders")
columns = [sa.Column("a", sa.Text()), sa.Column("b", sa.Text())]; op.create_table("users", *columns)
options = {"nullable": False, "server_default": "x"}; op.add_column("users", sa.Column("a", sa.Text(), **options))
kind = sa.Enum("a", "b", name="state"); kind.create(op.get_bind(), checkfirst=False); op.add_column("users", sa.Column("s", kind))
kind = postgresql.ENUM("a", "b", name="state", create_type=False); kind.create(op.get_bind()); op.create_table("users", sa.Column("s", kind))
kind = sa.Enum("a", "b", name="state"); kind.drop(op.get_bind(), checkfirst=False)
sa.Enum(name="state").drop(op.get_bind(), checkfirst=False)
bind = op.get_bind(); op.drop_table("users") if bind.dialect.name == "postgresql" else op.drop_table("orders")
x = "users" if op.get_context().dialect.name == "postgresql" else "orders"; op.drop_table(x)
(lambda t: op.drop_table(t))("users")
# keywords
op.add_column("users", sa.Column("x", sa.Integer(), sa.Computed("a", persisted=False)))
op.add_column("users", sa.Column("x", sa.Integer(), sa.Computed("a"), nullable=False))
op.add_column("users", sa.Column("x", sa.Integer(), sa.Computed(sa.text("a * 2"), persisted=True)), if_not_exists=True, schema="app")
op.add_column("users", sa.Column("x", sa.Integer(), sa.Computed(sa.column("a") * 2, persisted=True)))
op.add_column("users", sa.Column("n", sa.Integer(), sa.Identity(nominvalue=True, nomaxvalue=True, cycle=False)))
op.add_column("users", sa.Column("n", sa.Integer(), sa.Identity(start=1), nullable=True))
op.add_column("users", sa.Column("x", sa.Text(), sa.CheckConstraint("x <> ''")))
op.add_column("users", sa.Column("team_id", sa.Integer(), sa.ForeignKey("teams.id", match="FULL", deferrable=False)))
op.add_column("users", sa.Column("team_id", sa.Integer(), sa.ForeignKey("teams.id", postgresql_not_valid=True)))
op.add_column("users", sa.Column("team_id", sa.Integer(), sa.ForeignKey("teams.id", name="fk", use_alter=True)))
op.add_column("users", sa.Column("x", sa.Text(), unique=True, comment="c"), schema="app")
op.add_column("users", sa.Column("x", sa.Text(), comment="c"), schema="app")
op.add_column("users", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True), inline_primary_key=True)
op.add_column("users", sa.Column("id", sa.Uuid(), primary_key=True, server_default=sa.text("gen_random_uuid()")), inline_primary_key=True)
op.add_column("users", sa.Column("team_id", sa.Integer(), sa.ForeignKey("app.teams.id", ondelete="SET NULL", onupdate="CASCADE", deferrable=True, initially="DEFERRED")), inline_references=True)
op.add_column("users", sa.Column("x", sa.Text(), quote=True))
op.add_column("users", sa.Column("X", sa.Text(), quote=False))
op.add_column("users", sa.Column("x", sa.Text(), server_default=sa.text("'a'"), server_onupdate=sa.text("'b'"), onupdate="c", insert_default="d"))
op.alter_column("users", "age", server_default=sa.Identity(start=5, increment=2, minvalue=1, maxvalue=9, cache=3, cycle=True), existing_server_default=sa.Identity(start=5))
op.alter_column("users", "age", server_default=sa.Identity(always=True, start=5))
op.alter_column("users", "age", type_=sa.String(9), existing_type=sa.String(5), schema="app", postgresql_using="age || ''")
op.alter_column("users", "age", new_column_name="Years", schema="app")
op.alter_column("users", "on", type_=sa.Boolean(create_constraint=True, name="ck_on"), existing_type=sa.Integer())
op.alter_column("users", "state", type_=sa.Enum("a", "b", name="state", native_enum=False, create_constraint=True), existing_type=sa.Text())
op.alter_column("users", "state", type_=sa.Text(), existing_type=sa.Enum("a", name="state", native_enum=False, create_constraint=True))
op.alter_column("users", "age", server_default=sa.text("now()"), existing_type=sa.DateTime(), existing_nullable=False, comment=False)
op.alter_column("users", "age", nullable=True, server_default=None, type_=sa.Text())
op.drop_column("users", "age", schema="app", if_exists=True, mssql_drop_check=True, mssql_drop_foreign_key=True)
op.create_table("users", sa.Column("id", sa.Integer()), postgresql_with={"fillfactor": 70})
op.create_table("users", sa.Column("id", sa.Integer()), postgresql_ignore_search_path=True)
op.create_table("users", sa.Column("id", sa.Integer()), postgresql_inherits=("people", "things"))
op.create_table("users", sa.Column("id", sa.Integer()), postgresql_partition_by="LIST (id)", postgresql_tablespace="fast", postgresql_using="heap")
op.create_table("users", sa.Column("id", sa.Integer()), sa.CheckConstraint("id > 0", name="ck", postgresql_not_valid=True))
op.create_table("users", sa.Column("id", sa.Integer()), sa.ForeignKeyConstraint(["id"], ["people.id"], name="fk", postgresql_not_valid=True, deferrable=False))
op.create_table("users", sa.Column("id", sa.Integer()), sa.PrimaryKeyConstraint("id", postgresql_include=["id"], deferrable=True, initially="DEFERRED"))
op.create_table("users", sa.Column("id", sa.Integer()), sa.Index(None, "id"))
op.create_table("users", sa.Column("id", sa.Integer()), sa.Index("ix", sa.text("lower(id)"), postgresql_using="btree", postgresql_with={"fillfactor": 50}))
op.create_table("users", sa.Column("id", sa.Integer(), sa.Identity(start=4, cycle=True), nullable=True))
op.create_table("users", sa.Column("a", sa.Integer()), sa.Column("b", sa.Integer(), sa.Computed("a * 2")))
op.create_table("users", sa.Column("a", sa.Integer()), sa.Column("b", sa.Integer(), sa.Computed("a * 2", persisted=False)))
op.create_table("users", sa.Column("a", sa.DateTime(), server_default=sa.func.now(), nullable=False, comment="when"), schema="app", comment="c", if_not_exists=True)
op.create_table("users", sa.Column("a", postgresql.INT4RANGE()), postgresql.ExcludeConstraint(("a", "&&"), name="ex", deferrable=True, initially="DEFERRED", ops={"a": "range_ops"}))
op.create_table("users", sa.Column("a", sa.Integer()), sa.UniqueConstraint("a", name=None))
op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True), sa.Column("t", sa.Text(), primary_key=True))
op.create_table("users", sa.Column("a", sa.ARRAY(sa.Text(), dimensions=1), server_default="{}", nullable=False))
op.create_table(table_name="users", if_not_exists=None, info={"a": 1}, implicit_returning=False, extend_existing=True, keep_existing=False, sqlite_with_rowid=False)
op.create_index("ix", "users", ["email"], unique=True, postgresql_concurrently=False, postgresql_using="btree", postgresql_include=["a", "b"], postgresql_where=sa.text("x"), postgresql_tablespace="fast", postgresql_with={"fillfactor": 50, "deduplicate_items": "off"}, postgresql_nulls_not_distinct=False)
op.create_index("ix", "users", ["a", "b"], postgresql_ops={"a": "text_pattern_ops", "b": "int4_ops"})
op.create_index("ix", "users", [sa.text("lower(a) text_pattern_ops")])
op.create_index("ix", "users", [sa.column("a").asc().nulls_first(), sa.column("b").desc()])
op.create_index("ix", "users", [sa.func.coalesce(sa.column("a"), 0)])
op.create_index("ix", "users", [sa.column("a") + sa.column("b")])
op.create_index("ix", "users", ["a"], postgresql_where=sa.and_(sa.column("b") > 1, sa.column("c").is_(None)))
op.create_index("ix", "users", ["a"], quote=True)
op.create_index("ix", "users", ["a"], postgresql_using="GIN")
op.create_index("ix", "users", ["a"], postgresql_using="brin", postgresql_with={"pages_per_range": 32})
op.create_index("ix", "users", [sa.text("a gin_trgm_ops")], postgresql_using="gin")
op.create_index("ix", "users", [sa.func.lower(sa.column("a")).label("low")], postgresql_ops={"low": "text_pattern_ops"})
op.create_index("ix", "users", ["a"], schema="app", if_not_exists=True, unique=True, postgresql_invalid=True)
op.drop_index(index_name="ix", table_name="users", postgresql_concurrently=False)
op.drop_table("users", schema="app", if_exists=True, info={})
op.create_foreign_key("fk", "users", "teams", ["a"], ["b"], onupdate="CASCADE", ondelete="SET NULL (a)", source_schema="app", referent_schema="app")
op.create_foreign_key("fk", "users", "teams", ["a"], ["b"], deferrable=True, initially="IMMEDIATE", match="SIMPLE", postgresql_not_valid=False)
op.create_unique_constraint("uq", "users", ["a"], initially="DEFERRED")
op.create_check_constraint("ck", "users", sa.text("age > 0"), postgresql_not_valid=False, info={"a": 1})
op.create_check_constraint("ck", "users", sa.column("a").in_([1, 2, 3]) & sa.column("b").like("x%"))
op.create_check_constraint("ck", "users", sa.func.char_length(sa.column("a")) <= sa.literal(3))
op.create_check_constraint("ck", "users", sa.column("a").op("~")("^x"))
op.create_check_constraint("ck", "users", sa.column("a").regexp_match("^x"))
op.create_check_constraint("ck", "users", sa.cast(sa.column("a"), sa.Integer()) > 1)
op.create_check_constraint("ck", "users", sa.case((sa.column("a") > 1, 1), else_=0) == 1)
op.create_check_constraint("ck", "users", sa.column("a").ilike("x"))
op.create_check_constraint("ck", "users", sa.true())
op.create_exclude_constraint("ex", "users", ("a", "&&"), ("b", "="), using="gist", where="b > 1", initially="DEFERRED", deferrable=True, schema="app", ops={"a": "range_ops"})
op.create_exclude_constraint("ex", "users", (sa.func.int4range(sa.column("a"), sa.column("b")), "&&"), using="spgist")
op.drop_constraint("ex", "users", type_=None, schema="app", if_exists=True)
op.execute("SELECT 1", execution_options={"a": 1})
op.execute(sa.schema.DropSchema("app", if_exists=True))
op.execute(sa.schema.CreateSequence(sa.Sequence("s", start=5, increment=2), if_not_exists=True))
op.execute(sa.schema.DropSequence(sa.Sequence("s"), if_exists=True))
op.execute(sa.schema.CreateTable(sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer()))))
op.execute(sa.schema.DropTable(sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer()))))
op.execute(sa.insert(sa.table("users", sa.column("x", sa.Integer))).values([{"x": 1}, {"x": 2}]))
op.execute(sa.update(sa.table("users", sa.column("x", sa.Integer))).where(sa.column("x").is_(None)).values({"x": 1}))
op.execute(sa.text("UPDATE users SET x = :x, y = :y").bindparams(x="a", y=None))
op.get_bind().execute(sa.text("UPDATE users SET x = 1"))
op.bulk_insert(sa.Table("users", sa.MetaData(), sa.Column("id", sa.Integer)), [{"id": 1}], multiinsert=True)
op.bulk_insert(op.create_table("users", sa.Column("id", sa.Integer())), [{"id": op.inline_literal(1)}])
op.rename_table("users", "people", schema=None)
op.create_table_comment("users", "it's", existing_comment=None)
op.create_table_comment(table_name="users", comment=None)
with op.batch_alter_table("users") as b: b.add_column(sa.Column("id", sa.Integer(), primary_key=True), inline_primary_key=True)
with op.batch_alter_table("users") as b: b.alter_column("x", server_default="1", existing_nullable=True, existing_comment="a", comment="b", existing_server_default=None, insert_after="z")
with op.batch_alter_table("users", schema="app", table_args=(), table_kwargs={}, reflect_args=(), reflect_kwargs={}, copy_from=None, partial_reordering=()) as b: b.drop_column("x"); b.drop_index("ix", if_exists=True)
with op.batch_alter_table("users") as b: b.create_foreign_key("fk", "teams", ["a"], ["b"], onupdate="CASCADE", deferrable=True, initially="DEFERRED", match="FULL")
with op.batch_alter_table("users") as b: b.create_unique_constraint(constraint_name="uq", columns=["a"]); b.drop_constraint(constraint_name="uq")
with op.batch_alter_table("users") as b: b.create_primary_key(constraint_name="pk", columns=["id"])
with op.batch_alter_table("users") as b: b.create_check_constraint(constraint_name="ck", condition="a > 0")
with op.batch_alter_table("users", schema="app") as b: b.create_exclude_constraint("ex", ("a", "&&")); b.create_table_comment("c", existing_comment="d"); b.drop_table_comment(existing_comment="c")
with op.batch_alter_table("users", recreate="auto") as b: b.create_index("ix", ["x"], unique=True, postgresql_using="hash", if_not_exists=True)
with op.batch_alter_table("users") as b: op.drop_table("other"); b.drop_column("y")
with op.batch_alter_table("a") as b, op.batch_alter_table("b") as c: b.drop_column("x"); c.drop_column("y")
op.alter_column("users", "age", existing_comment="x", existing_nullable=True, existing_server_default="1", comment="y")
op.create_unique_constraint("uq", "users", ["a", "b"], deferrable=False, postgresql_include=["b"], postgresql_nulls_not_distinct=True)
op.drop_index("ix", table_name="users", schema="app", if_exists=True)
op.execute(sa.table("users", sa.column("x", sa.Integer)).update().values({"x": op.inline_literal("1", sa.Integer())}))
with op.batch_alter_table("users") as b: b.add_column(sa.Column("x", sa.Integer(), sa.ForeignKey("t.id")), inline_references=True, if_not_exists=True)
with op.batch_alter_table("users") as b: b.add_column(sa.Column("x", sa.Text(), comment="c"))
with op.batch_alter_table("users") as b: b.drop_column("x"); op.drop_table("other"); b.execute("UPDATE users SET y = 1"); b.create_index("ix", ["y"])
with op.batch_alter_table("users") as b: b.execute("UPDATE users SET y = 1", execution_options={"a": 1}); b.drop_column("y")
with op.batch_alter_table("users", table_args=(sa.CheckConstraint("x > 1"),), reflect_args=[sa.Column("x", sa.Integer())]) as b: b.drop_column("x")
op.create_check_constraint("ck", "users", sa.case((sa.column("a"), sa.column("b")), (sa.column("a").is_(None), "x")) == "y")
op.create_check_constraint("ck", "users", sa.and_(sa.column("a").op("~")("^x"), sa.column("b") > 1))
op.create_check_constraint("ck", "users", ~sa.column("a").regexp_match("^x"))
op.create_check_constraint("ck", "users", sa.column("a").op("@>")(sa.column("b")))
op.create_index("ix", "users", [sa.column("a").op("->>")("b")], postgresql_using="btree")
op.create_index("ix", "users", [sa.column("a").label("x")], postgresql_ops={"x": "text_pattern_ops"})
op.execute(sa.schema.CreateTable(sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer(), primary_key=True), sa.Column("s", sa.Enum("a", name="kind")), schema="app"), if_not_exists=True))
op.execute(sa.schema.DropTable(sa.Table("t", sa.MetaData()), if_exists=True))
op.execute(sa.table("users", sa.column("x", sa.Integer), sa.column("y", sa.Text)).insert().values([{"x": 1, "y": "a"}, {"x": 2, "y": "b"}]))
op.execute("COMMENT ON TABLE users IS 'all of them'")
op.execute(sa.text("SELECT 1").execution_options(autocommit=True))
op.execute(sa.select(sa.column("x")).select_from(sa.table("users")))
'''  # noqa: E501 - a line is a case
LINES = [line for line in CALLS.splitlines() if line and not line.startswith("#")]

DIFFERENT: dict[str, str] = {
    line: reason
    for reason, lines in {
        "offline an INSERT a row is written, online one statement is executed for all rows": (
            'op.bulk_insert(sa.table("users", sa.column("id", sa.Integer), sa.column("n", sa.Text'
            ')), [{"id": 1, "n": "a"}, {"id": 2, "n": "b"}])',
            'op.bulk_insert(sa.table("users", sa.column("id", sa.Integer)), [{"id": 1}, {"id": 2}],'
            " multiinsert=False)",
        ),
        "what a SELECT gives is left open, since no rule asks for it": (
            'op.execute(sa.select(sa.column("x")).select_from(sa.table("users")))',
        ),
        "with checkfirst, which is the default, the type is only made where it is not there": (
            'kind = postgresql.ENUM("a", "b", name="state", create_type=False);'
            ' kind.create(op.get_bind()); op.create_table("users", sa.Column("s", kind))',
        ),
    }.items()
    for line in lines
}
"""Lines that are read otherwise than Alembic writes them offline, with the reason."""


def alembic(line: str, convention: dict[str, str] | None = None) -> str:
    """The SQL that Alembic would send."""
    import sqlalchemy as sa
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},
        opts={
            "as_sql": True,
            "output_buffer": written,
            "literal_binds": True,
            "target_metadata": sa.MetaData(naming_convention=convention),
        },
    )
    with Operations.context(context):
        names: dict[str, Any] = {}
        exec(HEAD + line + "\n", names)
        names["upgrade"]()
    return written.getvalue()


def parsed(sql: str) -> list[Op]:
    """The operations, without the COMMIT and BEGIN around what runs outside of the transaction:
    that is said by the statement's own transaction."""
    ops = [op for each in dialects.load("postgresql").parse(sql) for op in each.ops]
    return [op for op in ops if not isinstance(op, (Begin, Commit))]


def read(line: str, convention: dict[str, str] | None = None) -> list[Op]:
    source = Source("versions/a.py", HEAD + line + "\n")
    parse = dialects.load("postgresql").parse
    _, up, _, _ = read_revision(source, "postgresql", parse, convention)
    assert up is not None
    return [op for each in up for op in each.ops]


def bare(value: Any) -> Any:
    """A value without places in it."""
    if isinstance(value, Span):
        return NOWHERE
    if isinstance(value, tuple):
        return tuple(map(bare, value))
    if hasattr(value, "__struct_fields__"):
        # What the type was, and the table of an index, is said to Alembic, and not by it.
        known = ("was", "on") if isinstance(value, DropIndex) else ("was",)
        names = [name for name in value.__struct_fields__ if name not in known]
        fields = {name: bare(getattr(value, name)) for name in names}
        return type(value).__name__, tuple(fields.items())
    return value


@pytest.mark.parametrize("line", LINES)
def test_the_operations_are_alembics(line: str) -> None:
    sql = alembic(line)
    wanted, found = parsed(sql), read(line)
    if line in DIFFERENT:
        assert bare(tuple(found)) != bare(tuple(wanted)), "it is no longer different"
        return
    assert bare(tuple(found)) == bare(tuple(wanted)), sql


CONVENTIONS: dict[str, dict[str, str]] = {
    "manual": {
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
    "all columns": {
        "ix": "%(column_0_N_label)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0N_name)s_%(referred_table_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    },
}
NAMED = """
op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("n", sa.Integer(), unique=True))
op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True), schema="app")
op.create_table("users", sa.Column("n", sa.Integer(), sa.ForeignKey("teams.id"), index=True))
op.create_table("users", sa.Column("a", sa.Integer()), sa.Column("b", sa.Integer()), sa.UniqueConstraint("a", "b"), sa.PrimaryKeyConstraint("a"))
op.create_table("users", sa.Column("a", sa.Integer()), sa.ForeignKeyConstraint(["a"], ["app.teams.id"]), schema="app")
op.create_table("users", sa.Column("a", sa.Integer()), sa.CheckConstraint("a > 0", name="positive"))
op.create_table("users", sa.Column("a", sa.Integer()), sa.CheckConstraint("a > 0", name=op.f("positive")))
op.create_table("users", sa.Column("a", sa.Integer()), sa.UniqueConstraint("a", name="own"), sa.PrimaryKeyConstraint("a", name=op.f("mine")))
op.create_table("users", sa.Column("a", sa.Enum("x", name="kind", native_enum=False, create_constraint=True)))
op.add_column("users", sa.Column("n", sa.Integer(), unique=True))
op.add_column("users", sa.Column("n", sa.Integer(), sa.ForeignKey("teams.id"), index=True))
op.create_index(None, "users", ["a", "b"])
op.create_index("own", "users", ["a", "b"])
op.create_unique_constraint(None, "users", ["a", "b"])
op.create_unique_constraint("own", "users", ["a", "b"])
op.create_primary_key(None, "users", ["a"])
op.create_foreign_key(None, "users", "teams", ["a"], ["id"])
op.create_foreign_key(None, "users", "teams", ["a", "b"], ["x", "y"], source_schema="app", referent_schema="org")
op.create_check_constraint("positive", "users", "a > 0")
op.create_check_constraint(op.f("positive"), "users", "a > 0")
op.drop_constraint("positive", "users", type_="check")
op.drop_constraint(op.f("positive"), "users", type_="check")
op.drop_constraint("own", "users", type_="unique")
op.drop_constraint("own", "users")
op.create_unique_constraint(None, "a_table_with_a_very_long_name_indeed", ["and_a_column_with_one_as_well"])
with op.batch_alter_table("users") as b: b.create_unique_constraint(None, ["a"]); b.create_foreign_key(None, "teams", ["a"], ["id"])
op.create_index(op.f("ix_own"), "users", ["a"])
op.create_index(None, "users", ["a"], schema="app", unique=True)
op.drop_index(op.f("ix_own"), table_name="users")
op.create_index(op.f("ix_users_that_have_not_been_seen_for_more_than_a_year_or_even_two_years"), "users", ["a"])
op.create_primary_key("own", "users", ["a", "b"])
op.create_primary_key(op.f("own"), "users", ["a"], schema="app")
op.create_unique_constraint(op.f("own"), "users", ["a"])
op.create_foreign_key("own", "users", "teams", ["a"], ["id"])
op.create_foreign_key(op.f("own"), "users", "teams", ["a"], ["id"])
op.create_check_constraint("positive", "users", "a > 0", schema="app")
op.create_exclude_constraint("own", "users", ("a", "&&"))
op.drop_constraint("own", "users", type_="foreignkey")
op.drop_constraint("own", "users", type_="primary")
op.drop_constraint("positive", "users", "check", schema="app", if_exists=True)
op.create_table("users", sa.Column("a", sa.Integer(), unique=True, index=True))
op.create_table("users", sa.Column("a", sa.Integer(), sa.CheckConstraint("a > 0", name="positive")))
op.create_table("users", sa.Column("a", sa.Integer()), sa.Column("b", sa.Integer()), sa.ForeignKeyConstraint(["a", "b"], ["teams.x", "teams.y"]))
op.create_table("users", sa.Column("a", sa.Boolean(create_constraint=True, name="flag")))
op.create_table("users", sa.Column("a", sa.Integer(), sa.ForeignKey("teams.id", name="own")), sa.UniqueConstraint("a", name=op.f("uq_own")))
op.add_column("users", sa.Column("a", sa.Enum("x", name="kind", native_enum=False, create_constraint=True)))
op.add_column("users", sa.Column("n", sa.Integer(), unique=True, index=True), schema="app")
op.alter_column("users", "a", type_=sa.Text(), existing_type=sa.Enum("x", name="kind", native_enum=False, create_constraint=True))
op.alter_column("users", "a", type_=sa.Enum("x", name="kind", native_enum=False, create_constraint=True), existing_type=sa.Text())
with op.batch_alter_table("users", schema="app") as b: b.create_index(None, ["a"]); b.create_primary_key(None, ["a"]); b.create_check_constraint("positive", "a > 0")
with op.batch_alter_table("users") as b: b.drop_constraint("positive", type_="check"); b.drop_constraint(b.f("own"), type_="unique")
"""  # noqa: E501 - a line is a case


@pytest.mark.parametrize("convention", CONVENTIONS.values(), ids=list(CONVENTIONS))
@pytest.mark.parametrize("line", NAMED.strip().splitlines())
def test_names_follow_the_convention(line: str, convention: dict[str, str]) -> None:
    sql = alembic(line, convention)
    assert bare(tuple(read(line, convention))) == bare(tuple(parsed(sql))), sql


def test_there_are_enough_of_them() -> None:
    assert len(LINES) >= 150
    assert set(DIFFERENT) <= set(LINES)


NOT_OFFLINE = {
    "insert_before": "asks for a new table, which needs the old one's columns",
    "insert_after": "asks for a new table, which needs the old one's columns",
    "recreate": "always asks for a new table, which needs the old one's columns",
    "migration_context": "of what sends nothing",
}
"""Keywords that no line can have, with the reason."""


def given(batch: bool) -> dict[str, set[str]]:
    """Each operation with the arguments that some line gives it."""
    from alembic.operations import BatchOperations, Operations

    found: dict[str, set[str]] = {}
    for line in [*LINES, *NAMED.strip().splitlines()]:
        for node in ast.walk(ast.parse(line)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            name = node.func.attr
            if ast.unparse(node.func.value) != ("b" if batch else "op"):
                continue
            whose = BatchOperations if batch else Operations
            names = [*inspect.signature(getattr(whose, name)).parameters][1:]
            said = found.setdefault(name, set())
            said.update(names[: len(node.args)])
            said.update(each.arg for each in node.keywords if each.arg)
    return found


@pytest.mark.parametrize("batch", [False, True], ids=["op", "batch"])
def test_every_keyword_is_among_them(batch: bool) -> None:
    from alembic.operations import BatchOperations, Operations

    whose = BatchOperations if batch else Operations
    for name, said in given(batch).items():
        offered = {
            each.name
            for each in inspect.signature(getattr(whose, name)).parameters.values()
            if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
        }
        assert offered - {"self", *NOT_OFFLINE} <= said, name


def test_every_keyword_of_postgresql_is_among_them() -> None:
    from sqlalchemy.dialects.postgresql.base import PGDialect

    text = "\n".join(LINES)
    for kind, keywords in PGDialect.construct_arguments or ():
        if kind.__name__ != "CreateView":  # no operation of Alembic's
            missing = {word for word in keywords or () if f"postgresql_{word}" not in text}
            assert not missing, kind


def test_every_operation_is_among_them() -> None:
    """Of what `alembic.op` offers, what sends nothing by itself is left out."""
    import alembic.op

    sends_nothing = {
        *("batch_alter_table", "f", "get_bind", "get_context", "inline_literal"),
        *("implementation_for", "invoke", "register_operation", "run_async"),
    }
    offered = {name for name in dir(alembic.op) if not name.startswith("_")}
    functions = {name for name in offered if callable(getattr(alembic.op, name))}
    operations = {name for name in functions if name.islower()} - sends_nothing
    named = {name for name in operations if any(f"op.{name}(" in line for line in LINES)}
    assert operations - named <= {"context", "create_module_class_proxy"}, operations - named
