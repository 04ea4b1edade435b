"""Django's fields: what a migration says of one, and the column type that PostgreSQL gets for it
(Django 5.2, `django/db/backends/postgresql/base.py`)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from migralint.languages.values import (
    HOLE,
    Closure,
    Hidden,
    Items,
    Kind,
    Made,
    Pairs,
    Symbol,
    Value,
    hole,
    plain,
    text_of,
    truth,
)
from migralint.source import NOWHERE, Embedded, Span

HIDDEN = hole(NOWHERE).text
"""What stands for a type, a name or a value that is not known, and that no place says."""

TYPES = {
    "AutoField": "integer", "BigAutoField": "bigint", "SmallAutoField": "smallint",
    "BinaryField": "bytea", "BooleanField": "boolean", "NullBooleanField": "boolean",
    "DateField": "date", "DateTimeField": "timestamp with time zone", "TimeField": "time",
    "DurationField": "interval", "FloatField": "double precision", "IntegerField": "integer",
    "BigIntegerField": "bigint", "SmallIntegerField": "smallint", "OrderWrt": "integer",
    "PositiveBigIntegerField": "bigint", "PositiveIntegerField": "integer",
    "PositiveSmallIntegerField": "smallint", "IPAddressField": "inet",
    "GenericIPAddressField": "inet", "JSONField": "jsonb", "TextField": "text",
    "UUIDField": "uuid", "HStoreField": "hstore", "SearchVectorField": "tsvector",
    "SearchQueryField": "tsquery", "IntegerRangeField": "int4range",
    "BigIntegerRangeField": "int8range", "DecimalRangeField": "numrange",
    "FloatRangeField": "numrange", "DateRangeField": "daterange",
    "DateTimeRangeField": "tstzrange", "CITextField": "citext", "CICharField": "citext",
    "CIEmailField": "citext",
}  # fmt: skip
LENGTHS: dict[str, int | None] = {
    "CharField": None, "EmailField": 254, "URLField": 200, "CommaSeparatedIntegerField": None,
    "SlugField": 50, "FileField": 100, "ImageField": 100, "FilePathField": 100,
}  # fmt: skip
"""Fields that are varchar, with the length where none is said."""
_INTERNAL = {
    "EmailField": "CharField", "URLField": "CharField", "CommaSeparatedIntegerField": "CharField",
    "ImageField": "FileField", "NullBooleanField": "BooleanField", "OrderWrt": "IntegerField",
}  # fmt: skip
AUTO = ("AutoField", "BigAutoField", "SmallAutoField")
POSITIVE = ("PositiveBigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField")
RELATIONS = ("ForeignKey", "OneToOneField")
NO_COLUMN = (
    "ManyToManyField", "GenericRelation", "GenericForeignKey", "ForeignObject",
    "CompositePrimaryKey", "TaggableManager",
)  # fmt: skip
_GEOMETRIES = (
    "GeometryField", "PointField", "LineStringField", "PolygonField", "MultiPointField",
    "MultiLineStringField", "MultiPolygonField", "GeometryCollectionField",
)  # fmt: skip
_COMPOSED = ("DecimalField", "ArrayField", "GeneratedField", "RasterField", *_GEOMETRIES)
EMPTY = ("BinaryField", "TextField", "CITextField", "CICharField", "CIEmailField", *LENGTHS)
"""Fields that take an empty string where nothing is given and blank is allowed."""
KNOWN = frozenset((*TYPES, *LENGTHS, *RELATIONS, *NO_COLUMN, *_COMPOSED))
OTHERS = {
    "taggit.managers.TaggableManager": "TaggableManager",
    "modelcluster.contrib.taggit.ClusterTaggableManager": "TaggableManager",
    "modelcluster.fields.ParentalKey": "ForeignKey",
    "modelcluster.fields.ParentalManyToManyField": "ManyToManyField",
    "mptt.fields.TreeForeignKey": "ForeignKey",
    "mptt.fields.TreeOneToOneField": "OneToOneField",
    "mptt.fields.TreeManyToManyField": "ManyToManyField",
    "sortedm2m.fields.SortedManyToManyField": "ManyToManyField",
    "wagtail.fields.RichTextField": "TextField",
    "wagtail.core.fields.RichTextField": "TextField",
    "wagtail.wagtailcore.fields.RichTextField": "TextField",
    "cms.models.fields.PageField": "ForeignKey",
    "phonenumber_field.modelfields.PhoneNumberField": "CharField",
    "django_countries.fields.CountryField": "CharField",
    "timezone_field.fields.TimeZoneField": "CharField",
    "colorfield.fields.ColorField": "CharField",
    "jsonfield.fields.JSONField": "TextField",
    "model_utils.fields.AutoCreatedField": "DateTimeField",
    "model_utils.fields.AutoLastModifiedField": "DateTimeField",
    "model_utils.fields.StatusField": "CharField",
    "django_extensions.db.fields.CreationDateTimeField": "DateTimeField",
    "django_extensions.db.fields.ModificationDateTimeField": "DateTimeField",
    "sorl.thumbnail.fields.ImageField": "ImageField",
    "easy_thumbnails.fields.ThumbnailerImageField": "ImageField",
}
"""Fields of other libraries that are columns as Django's own are."""
_POSITIONS: dict[str, tuple[str, ...]] = {
    "ForeignKey": ("to", "on_delete", "related_name"),
    "OneToOneField": ("to", "on_delete", "to_field"),
    "ManyToManyField": ("to", "related_name"),
    "ForeignObject": ("to", "on_delete", "from_fields", "to_fields"),
    "ArrayField": ("base_field", "size"),
    "DecimalField": ("verbose_name", "name", "max_digits", "decimal_places"),
    "DateField": ("verbose_name", "name", "auto_now", "auto_now_add"),
    "DateTimeField": ("verbose_name", "name", "auto_now", "auto_now_add"),
    "TimeField": ("verbose_name", "name", "auto_now", "auto_now_add"),
}
_POSITION = (
    "verbose_name", "name", "primary_key", "max_length", "unique", "blank", "null", "db_index",
)  # fmt: skip
_NOT_STORED = frozenset(
    "blank choices db_column editable error_messages help_text limit_choices_to on_delete "
    "related_name related_query_name validators verbose_name auto_created serialize "
    "parent_link swappable".split()
)
"""Arguments that change nothing in the database."""
_USUAL = {
    "null": False, "unique": False, "primary_key": False, "max_length": None,
    "db_constraint": True, "db_comment": None, "db_collation": None, "db_tablespace": None,
    "auto_now": False, "auto_now_add": False, "to_field": None, "symmetrical": True, "size": None,
}  # fmt: skip
_MISSING = object()


class Field(Struct, frozen=True, eq=False):
    """A field of a model. `kind` is Django's own class of that behaviour, "" where it is not known;
    `path` is what the file calls."""

    name: str
    kind: str
    path: str
    args: dict[str, Value]
    spans: dict[str, Span] = {}
    """Where each argument stands, `""` for the whole field and `"name"` for its name."""

    def bare(self) -> Field:
        """The field without its places, for statements of other operations."""
        return replace(self, spans={}) if self.spans else self

    def arg(self, name: str, default: Value = None) -> Value:
        return self.args.get(name, default)

    def flag(self, name: str, default: bool = False) -> bool:
        known = truth(self.args[name]) if name in self.args else None
        return default if known is None else known

    def text(self, name: str) -> str | None:
        return text_of(self.args.get(name))

    def at(self, argument: str, text: str) -> Embedded | str:
        """Words that stand for an argument; where it is not given, for the whole field."""
        span = self.spans.get(argument) or self.spans.get("")
        return text if span is None else Embedded.plain(text, span)

    @property
    def null(self) -> bool:
        return self.kind == "NullBooleanField" or self.flag("null")

    @property
    def primary_key(self) -> bool:
        return self.flag("primary_key")

    @property
    def unique(self) -> bool:
        return self.kind == "OneToOneField" or self.primary_key or self.flag("unique")

    @property
    def db_index(self) -> bool:
        return self.flag("db_index", self.kind in (*RELATIONS, "SlugField"))

    @property
    def constrained(self) -> bool:
        """A relation with a constraint in the database."""
        return self.kind in RELATIONS and self.flag("db_constraint", True)

    @property
    def many(self) -> bool:
        return self.kind == "ManyToManyField"

    @property
    def column(self) -> str:
        said = self.text("db_column")
        return said or (f"{self.name}_id" if self.kind in RELATIONS else self.name)

    @property
    def internal(self) -> str:
        """The class that decides the column type."""
        return _INTERNAL.get(self.kind, self.kind)

    @property
    def has_column(self) -> bool:
        return self.kind not in NO_COLUMN


class Own(Struct, frozen=True):
    """A field class of the project: Django's own behind it, "" where its code decides, and the
    arguments that its `__init__` sets in any case, or where they are not given."""

    kind: str = ""
    always: dict[str, Value] = {}
    usually: dict[str, Value] = {}


def field(name: str, value: Value, kinds: dict[str, Own], spans: dict[str, Span]) -> Field | None:
    """What a file says of a field; None where even its class is not known. `kinds` are the field
    classes of the project itself."""
    if isinstance(value, Closure | Hidden | Kind) or not isinstance(value, Made):
        return None
    kind, path = _kind(value, kinds)
    args: dict[str, Value] = {}
    places = {"": value.span, **spans}
    if kind == "CompositePrimaryKey":
        args["field_names"] = Items("tuple", [each.value for each in value.given])
        return Field(name, kind, path, args, places if spans else {})
    for position, given in zip(_POSITIONS.get(kind, _POSITION), value.given, strict=False):
        args[position], places[position] = given.value, given.span
    for key, given in value.named.items():
        args[key], places[key] = given.value, given.span
    own = kinds.get(value.path, Own())
    args = {**own.usually, **args, **own.always}
    if kind == "GeneratedField" and isinstance(args.get("output_field"), Made):
        inner = field(name, args["output_field"], kinds, {})
        args["output_field"] = inner
    if kind == "ArrayField":
        args["base_field"] = field(name, args.get("base_field"), kinds, {})
    return Field(name, kind, path, args, places if spans else {})


def _kind(made: Made, kinds: dict[str, Own]) -> tuple[str, str]:
    path, last = made.path, made.path.rpartition(".")[2]
    if path == "?" and isinstance(made.of, Kind):
        return _of_class(made.of, kinds), f"class {made.of.node.name}"
    if path.startswith("django."):
        return (last if last in KNOWN else ""), path
    if path in OTHERS or path in kinds:
        return OTHERS.get(path) or kinds[path].kind, path
    if "to" in made.named:
        if "ManyToMany" in last:
            return "ManyToManyField", path
        return ("OneToOneField" if "OneToOne" in last else "ForeignKey"), path
    return "", path


def _of_class(kind: Kind, kinds: dict[str, Own]) -> str:
    """Django's class behind a field class of the file itself."""
    if {"db_type", "get_internal_type"} & set(kind.scope.names):
        return ""
    for base in kind.bases:
        if isinstance(base, Symbol):
            made = Made(base.path, None, (), {}, kind.node.span)
            return _kind(made, kinds)[0]
        if isinstance(base, Kind):
            return _of_class(base, kinds)
    return ""


def said(value: Value) -> Any:
    """A value as something that can be compared: the same where Django would call two the same."""
    if isinstance(value, Field):
        return compared(value)
    if isinstance(value, Made):
        given = tuple(said(each.value) for each in value.given)
        named = tuple(sorted((key, said(each.value)) for key, each in value.named.items()))
        return (value.path, given, named)
    if isinstance(value, Symbol):
        return ("name", value.path)
    if isinstance(value, Items):
        return tuple(said(each) for each in value.items)
    if isinstance(value, Pairs):
        return tuple((said(key), said(each)) for key, each in value.items.values())
    if isinstance(value, Closure):
        return ("function", getattr(value.node, "name", ""))
    try:
        known = plain(value)
    except LookupError:
        return ("hidden", id(value))
    return (type(known).__name__, known)


def compared(each: Field, *, ignore: tuple[str, ...] = ()) -> Any:
    """What of a field matters to the database, to be compared with another."""
    found: dict[str, Any] = {}
    for key, value in each.args.items():
        if key in _NOT_STORED or key in ignore:
            continue
        usual = _USUAL.get(key, _MISSING)
        if usual is _MISSING and key == "db_index":
            usual = each.kind in (*RELATIONS, "SlugField")
        if key == "max_length" and each.kind in LENGTHS:
            usual = LENGTHS[each.kind]
        if key == "unique" and each.kind == "OneToOneField":
            continue
        made = said(value)
        if usual is not _MISSING and made == said(usual):
            continue
        found[key] = made
    path = each.kind if each.path.startswith("django.") and each.kind else each.path
    return (path, tuple(sorted(found.items(), key=lambda pair: pair[0])))


def number(each: Field, name: str) -> int | None:
    value = each.arg(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def own_type(each: Field) -> str | None:
    """The column type of a field that is no relation: None where it has no column, and with
    `HIDDEN` in it where it is not known."""
    kind = each.kind
    if kind in TYPES:
        return TYPES[kind]
    if kind in NO_COLUMN:
        return None
    if kind in LENGTHS:
        if "max_length" not in each.args:
            length = LENGTHS[kind]
            return "varchar" if length is None else f"varchar({length})"
        value = each.args["max_length"]
        if value is None:
            return "varchar"
        known = number(each, "max_length")
        return f"varchar({known})" if known is not None else "varchar"
    if kind == "DecimalField":
        digits, places = number(each, "max_digits"), number(each, "decimal_places")
        return "numeric" if digits is None or places is None else f"numeric({digits}, {places})"
    inner = each.arg("base_field" if kind == "ArrayField" else "output_field")
    if kind == "ArrayField":
        base = own_type(inner) if isinstance(inner, Field) else HIDDEN
        size = number(each, "size")
        return HIDDEN if base in (HIDDEN, None) else f"{base}[{size or ''}]"
    if kind == "GeneratedField":
        return own_type(inner) if isinstance(inner, Field) else HIDDEN
    if kind in _GEOMETRIES:
        return _geometry(each)
    return "raster" if kind == "RasterField" else HIDDEN


def _geometry(each: Field) -> str:
    kind = each.kind.removesuffix("Field").upper()
    dimension = "Z" if number(each, "dim") == 3 else ""
    srid = number(each, "srid")
    base = "geography" if each.flag("geography") else "geometry"
    return f"{base}({kind}{dimension},{4326 if srid is None else srid})"


def check(each: Field, column: str) -> str:
    """The condition that the column type brings along; "" where there is none."""
    inner = each.arg("output_field") if each.kind == "GeneratedField" else each
    positive = isinstance(inner, Field) and inner.kind in POSITIVE
    return '"' + column.replace('"', '""') + '" >= 0' if positive else ""


def is_hidden(text: str) -> bool:
    """Whether a part of a text is only known when the code runs."""
    return HOLE.search(text) is not None


def made_field(name: str, kind: str, **args: Value) -> Field:
    """A field that no file says and Django makes itself."""
    return Field(name, kind, f"django.db.models.{kind}", args)


def written(text: str) -> Embedded:
    """A string that stands nowhere."""
    return Embedded(text, ())
