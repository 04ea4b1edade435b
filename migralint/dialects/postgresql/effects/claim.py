"""How a claim about one operation is put together."""

from __future__ import annotations

from migralint.locks import Effects, Failure, Lock
from migralint.naming import RUNNERS_TABLES, SYSTEM_SCHEMAS
from migralint.ops.base import Name, RelationKind, TableOp
from migralint.schema import Index, Schema, Table

AS, RS, RX = "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE"
SUE, S, SRE = "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE"
X, AE = "EXCLUSIVE", "ACCESS EXCLUSIVE"


class Claim:
    """What is known so far of one operation's effects. The first failure is the one that the server
    would report."""

    def __init__(self, schema: Schema, version: int) -> None:
        self.schema = schema
        self.version = version
        self.fails: Failure | None = None
        self.needs_autocommit: str | None = None
        self._locks: dict[Lock, None] = {}
        self._rewrites: dict[Name, None] = {}
        self._scans: dict[Name, None] = {}
        self._builds: dict[Name, None] = {}
        self._loses: dict[str, None] = {}
        self._assumed: dict[str, None] = {}

    def done(self) -> Effects:
        if self._assumed and self.fails is not None and self.fails.sqlstate != "42601":
            self.fails = None  # What rests on something not seen is not certain.
        return Effects(
            locks=tuple(self._locks),
            rewrites=tuple(self._rewrites),
            scans=tuple(name for name in self._scans if name not in self._rewrites),
            index_builds=tuple(self._builds),
            fails=self.fails,
            needs_autocommit=self.needs_autocommit,
            loses=tuple(self._loses),
            assumed=tuple(self._assumed),
        )

    # Looking things up; what is not there fails, or is assumed to exist where history is not
    # complete

    def fail(self, sqlstate: str, reason: str, since: int | None = None) -> None:
        self.fails = self.fails or Failure(sqlstate, reason, since)

    def since(self, version: int, what: str) -> bool:
        """Whether the server knows a syntax at all; it is a syntax error before that version."""
        if self.version < version:
            self.fail(
                "42601",
                f"{what} needs PostgreSQL {version}; {self.version} takes it for a syntax error",
                version,
            )
            return False
        return True

    def relation(self, name: Name, if_exists: bool = False) -> Table | None:
        """The relation of a name, of any kind but an index. Where history is not complete, one that
        stands for it."""
        table = self.schema.table(name)
        if table is not None:
            if not table.known:
                self.assume(f"what {table.name} looks like, since its history does not begin here")
            return table
        catalog = name.schema in SYSTEM_SCHEMAS or (
            not name.schema and name.name.startswith("pg_")  # pg_catalog is on every search_path.
        )
        if catalog or name.name in RUNNERS_TABLES:
            return None
        certain = self.schema.complete and (not name.schema or name.schema in self.schema.schemas)
        if if_exists and certain:
            return None
        if certain:
            self.fail("42P01", f"{name} does not exist")
            return None
        home = self.schema.home(name)
        self.assume(f"{home} exists, since the history does not show where it comes from")
        return Table(home, known=False)

    def index(self, name: Name, if_exists: bool = False) -> Index | None:
        index = self.schema.index(name)
        if index is None and not if_exists:
            if self.schema.complete and self.schema.named:
                table = self.schema.table(name)
                if table is None:
                    self.fail("42704", f"index {name} does not exist")
                else:
                    self.fail("42809", f"{name} is not an index")
            else:
                self.assume(f"index {name} exists, since the history does not begin here")
        return index

    def assume(self, what: str) -> None:
        self._assumed[what] = None

    def require(self, table: Table, column: str) -> bool:
        """Whether a column is there; it fails if it certainly is not."""
        if table.column(column) is None and table.known and column not in _SYSTEM_COLUMNS:
            self.fail("42703", f'column "{column}" of {table.name} does not exist')
            return False
        return True

    def leaves(self, table: Name) -> list[Name]:
        """The tables with storage in a family: partitioned ones have none."""
        return [
            name
            for name in self.schema.family(table)
            if (known := self.schema.relations.get(name)) is None or not known.partitioned
        ]

    def empty(self, table: Name) -> bool:
        """Certainly without rows: made in this very migration and not filled since; or, where the
        history stands for the
        data too, made by a migration that filled others and never this one."""
        schema, known = self.schema, self.schema.relations.get(table)
        if known is None or known.kind != "table":
            return False
        if known.proven_empty and known.proven_empty == schema.migration:
            return True
        if known.seeded or not known.known:
            return False
        if known.born_in is not None and known.born_in == schema.transaction:
            return True
        return known.born == schema.migration != "" or (
            schema.rows_described and known.born in schema.filled
        )

    # Claiming

    def lock(self, relation: Name, mode: str, kind: RelationKind | None = None) -> None:
        if kind is None:
            known = self.schema.relations.get(relation)
            kind = known.kind if known else "index" if relation in self.schema.indexes else "table"
        self._locks[Lock(relation, mode, kind)] = None

    def lock_family(self, table: Name, mode: str, only: bool = False) -> None:
        for name in [table] if only else self.schema.family(table):
            self.lock(name, mode)

    def rewrite(self, table: Name) -> None:
        """The heap is written anew, and with it every index; the server takes SHARE beside ACCESS
        EXCLUSIVE for that."""
        self.lock(table, AE)
        self.lock(table, S)
        if self.schema.relations.get(table, _SOMETHING).born_in != self.schema.transaction or (
            self.schema.transaction is None
        ):
            self._rewrites[table] = None
        for index in self.schema.indexes_on(table):
            self.lock(index.name, AE, "index")
            self._builds[index.name] = None

    def scan(self, table: Name) -> None:
        if not self.empty(table):
            self._scans[table] = None

    def build(self, index: Name) -> None:
        self._builds[index] = None

    def lose(self, what: str) -> None:
        self._loses[what] = None


_SOMETHING = Table(Name(""))
_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})


def target(claim: Claim, op: TableOp, action: str, *, views: bool = False) -> Table | None:
    """The table of an ALTER TABLE; None where there is nothing to do, or nothing that can be
    done."""
    if op.kind == "index" or claim.schema.resolve(op.table) in claim.schema.indexes:
        return None
    table = claim.relation(op.table, op.table_if_exists)
    if table is None:
        return None
    if table.kind in ("view", "matview", "sequence") and not views:
        claim.fail("42809", f"{action} cannot be performed on the {table.kind} {table.name}")
        return None
    if claim.schema.pending.get(table.name) is not None and (
        claim.schema.pending[table.name] == claim.schema.transaction
    ):
        claim.fail(
            "55006",
            f"{table.name} has pending trigger events of earlier statements of this transaction",
        )
    return table
