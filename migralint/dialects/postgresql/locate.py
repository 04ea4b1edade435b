from __future__ import annotations


def locate(statement, op): return op.span
def locate_part(statement, op, part): return op.span
