"""The rules, a module a family, split by topic: short questions over effects and schema.

No rule holds an idea of its own of what a lock does; all ask `ctx.effects`. Modules that begin with
an underscore hold what rules share: what keeps others waiting, what stands around an operation,
words, advice, SQL.
"""
