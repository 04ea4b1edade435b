"""How a host language is read: its files become one small tree, which is run without being run.

`tree` is the tree, the same for every language; `python` makes it of Python; `values` and
`evaluate` work out, as far as literals carry, which calls a function makes and with what.
"""
