"""Load: the files of the input folder -> raw tables, the requests that are new, and rejects.

Nothing here knows what a merge is. `find_inputs` looks at the folder only; `load_inputs` reads, inside the
transaction of the run. `load_inputs` and the files of sql/load/ say what is left behind.
"""

from contact_merge.load.inputs import ENDINGS, Inputs, TableSource, find_inputs, table_sources
from contact_merge.load.loading import load_inputs
from contact_merge.load.report import LoadReport

__all__ = ["ENDINGS", "Inputs", "LoadReport", "TableSource", "find_inputs", "load_inputs", "table_sources"]
