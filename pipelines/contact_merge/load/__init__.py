"""Load: the files of the input folder -> raw tables, the requests that are new, and rejects.

Nothing here knows what a merge is. `find_inputs` looks at the folder only; `load_inputs` reads, inside the
transaction of the run. What the room leaves behind is told in sql/load/ and in `load_inputs`.
"""

from contact_merge.load.inputs import Inputs, TableInput, UnknownFile, find_inputs
from contact_merge.load.loading import load_inputs
from contact_merge.load.report import LoadReport, TableLoad
from contact_merge.widening import widened

__all__ = [
    "Inputs",
    "LoadReport",
    "TableInput",
    "TableLoad",
    "UnknownFile",
    "find_inputs",
    "load_inputs",
    "widened",
]
