from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migralint import hcl

TEXT = """
# one
variable "a" { default = "x" }
variable "b" {}
locals {
  c = "${var.a}-${local.d}"
  d = "y \\"z\\""
  e = ["1", {
    f = 2
  }]
  loop = local.loop
  h = <<-EOT
    i = "{"
  EOT
}
env "p" {
  url = getenv("URL")
  migration { format = golang-migrate }
  j = true // two
}
"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("local.c", 'x-y "z"'),
        ("var.a", "x"),
        ("var.b", None),
        ("local.e", None),
        ("local.loop", None),
        ("local.none", None),
        ('"${var.a}/${atlas.env}"', None),
        ('"$x"', "$x"),
        ('getenv("URL")', None),
        ("golang-migrate", "golang-migrate"),
        ("", None),
    ],
)
def test_values(expression: str, value: str | None) -> None:
    assert hcl.value(hcl.parse(TEXT), expression) == value


def test_blocks() -> None:
    top = hcl.parse(TEXT)
    (env,) = top.named("env")
    assert (env.labels, set(env.attributes)) == (("p",), {"url", "j"})
    assert [each.attributes for each in env.named("migration")] == [{"format": "golang-migrate"}]
    assert set(next(top.named("locals")).attributes) == {"c", "d", "e", "loop", "h"}


@given(st.text(alphabet='ab="{}[]()\n$#/*<\\. ', max_size=60))
def test_no_text_raises(text: str) -> None:
    top = hcl.parse(text)
    hcl.value(top, text)
