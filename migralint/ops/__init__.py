"""The operations: one small vocabulary that every reader ends in and every rule speaks.

Split by object: base (names, types, columns, constraints), tables, columns, indexes, constraints,
types, views, access,
rows, transactions. Import them from here.
"""

from migralint.ops.access import *
from migralint.ops.base import *
from migralint.ops.columns import *
from migralint.ops.constraints import *
from migralint.ops.indexes import *
from migralint.ops.rows import *
from migralint.ops.tables import *
from migralint.ops.transactions import *
from migralint.ops.types import *
from migralint.ops.views import *
