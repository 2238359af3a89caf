"""Files that lack a column, or all that they should hold: never a loss without a word (SHAPES.md 3 and 6)."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from contact_merge import cli
from story import id_of

A, B, C, D = (id_of(letter) for letter in "abcd")
N, M, Q = id_of("n"), id_of("m"), id_of("q")


class Folder:
    """An input folder beside its outputs, and the command line between them."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.input, self.output, self.capsys = path / "in", path / "out", capsys

    def write(self, name: str, *lines: str) -> None:
        """A file of text, or a Parquet file of the rows of these lines of CSV; a letter stands for its id."""
        path = self.input / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = [[id_of(c) if len(c) == 1 and c.islower() else c for c in line.split(",")] for line in lines]
        text = "".join(",".join(row) + "\n" for row in cells)
        if path.suffix != ".parquet":
            path.write_text(text, encoding="utf-8")
            return
        path.with_suffix(".txt").write_text(text, encoding="utf-8")
        with duckdb.connect() as con:
            con.read_csv(str(path.with_suffix(".txt")), all_varchar=True).write_parquet(str(path))
        path.with_suffix(".txt").unlink()

    def run(self, *options: str) -> tuple[int, str, dict[str, Any]]:
        """Exit code, what stands on stderr, and the figures."""
        code = cli.main(["run", "--input", str(self.input), "--output", str(self.output), "--json", *options])
        out, err = self.capsys.readouterr()
        return code, err, json.loads(out)

    def merged(self, table: str, columns: str = "*") -> list[tuple]:
        """The rows of a merged table, in order."""
        file = self.output / f"merged/{table}.parquet"
        return duckdb.sql(f"select {columns} from '{file}' order by all").fetchall()


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Folder:
    return Folder(tmp_path, capsys)


# ---------------------------------------------------------------------------------- the columns that a table needs


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("table", "header", "needed"),
    [
        ("contacts", "id,email", "id"),
        ("notes", "id,contact_id,body", "id"),
        ("list_memberships", "list_id,contact_id", "list_id"),
        ("merge_requests", "request_id,primary_id,duplicate_ids,requested_at", "request_id"),
        ("api_keys", "api_key_id,scopes", "api_key_id"),
    ],
)
def test_a_file_without_its_header_line_is_refused_though_others_have_one(
    folder: Folder, table: str, header: str, needed: str, ending: str
) -> None:
    if table != "contacts":
        folder.write("contacts.csv", "id,email", "a,a@a.example")
    values = {"id": "b", "contact_id": "a", "primary_id": "a", "requested_at": "2026-01-01"}
    row = ",".join(values.get(name, f"value of {name}") for name in header.split(","))
    folder.write(f"{table}/1.{ending}", header, row)
    folder.write(f"{table}/2.{ending}", row, row)
    code, stderr, _ = folder.run()
    assert (code, stderr.count("\n")) == (2, 1)
    assert f"{table}/2.{ending}: the table {table} needs a column '{needed}'; it has " in stderr
    if ending == "csv":
        assert "put the names of all columns into its first line" in stderr
        assert not any(value in stderr for value in (A, B, "2026-01-01", "value of"))
    assert not (folder.output / "merged").exists()


@pytest.mark.long
@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize(
    ("key", "value", "table", "column"),
    [
        ("entity.workspace", '"org"', "contacts", "org"),
        ("entity.created", '["made", "created_at"]', "contacts", "made"),
        ("entity.json_fields", '["more"]', "contacts", "more"),
        ("children.notes.unique", '["title"]', "notes", "title"),
        ("children.notes.where", '{ kind = ["call"] }', "notes", "kind"),
    ],
)
def test_a_column_that_the_user_named_has_to_be_there(
    folder: Folder, tmp_path: Path, key: str, value: str, table: str, column: str, ending: str
) -> None:
    rows = {"contacts": [{"id": A}], "notes": [{"id": N, "contact_id": A}]}
    for name, its in rows.items():
        if ending == "jsonl":
            folder.write(f"{name}.jsonl", *(json.dumps(row) for row in its))
        else:
            folder.write(f"{name}.{ending}", *(",".join(row) for row in [its[0].keys(), its[0].values()]))
    file = tmp_path / "settings.toml"
    file.write_text(f"{key} = {value}", encoding="utf-8")
    code, stderr, _ = folder.run("--config", str(file))
    said = f"{table}.{ending}: the table {table} needs a column '{column}', which the setting {key} names; it has "
    assert (code, said in stderr) == (2, True)
    assert folder.run()[0] == 0


def test_each_file_of_a_folder_needs_the_columns_and_an_empty_one_has_none_to_lack(folder: Folder) -> None:
    folder.write("contacts.csv", "id", "a", "b")
    folder.write("notes/1.csv", "id,contact_id,body", "n,a,hey")
    folder.write("notes/2.csv", "id,body", "m,you")
    code, stderr, _ = folder.run()
    assert (code, "notes/2.csv: the table notes needs a column 'contact_id'" in stderr) == (2, True)
    folder.write("notes/2.csv")
    folder.write("notes/3.csv", "contact_id,id", "b,m")
    assert folder.run()[0] == 0
    assert folder.merged("notes") == [(M, B, None), (N, A, "hey")]


@pytest.mark.parametrize("name", ["contacts.csv", "contacts.jsonl", "api_keys.csv"])
def test_of_an_empty_file_the_sentence_says_that_it_is_empty(folder: Folder, name: str) -> None:
    if name != "contacts.jsonl":
        folder.write("contacts.csv", "id", "a")
    folder.write(name)
    code, stderr, _ = folder.run()
    table = name.partition(".")[0]
    assert (code, stderr.count("\n")) == (2, 1)
    assert f"{name}: the file is empty; the table {table} needs a column " in stderr


def test_of_a_folder_of_empty_files_it_says_so_too(folder: Folder) -> None:
    folder.write("contacts/1.csv")
    folder.write("contacts/2.csv", "", "")
    code, stderr, _ = folder.run()
    assert (code, "contacts: all its files are empty; the table contacts needs a column 'id'." in stderr) == (
        2,
        True,
    )


# ------------------------------------------------------------------------------------------- columns that vanish


def gone(figures: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    return [tuple(column.values()) for column in figures["columns_gone"]]


@pytest.mark.long
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_column_that_one_file_lacks_is_reported_with_the_values_that_its_rows_had(
    folder: Folder, ending: str
) -> None:
    """The rows of b and c had phones. The row of xx is rejected, b comes twice, and o is deleted."""
    folder.write(f"contacts/1.{ending}", "id,email,phone", "a,of a,11", "e,,15")
    folder.write(f"contacts/2.{ending}", "id,phone", "b,12", "c,13", "m,", "o,14")
    folder.write("notes/1.csv", "id,contact_id,body", "p,a,hey", "q,a,you")
    assert folder.run()[2]["columns_gone"] == []
    folder.write(f"contacts/1.{ending}", "id,email,phone", "xx,,", "a,of a,", "e,,")
    folder.write(f"contacts/2.{ending}", "id,email", "xx,", "b,of b", "c,", "b,", "m,", "n,")
    folder.write("notes/2.csv", "id,contact_id", f"{{{Q.upper()}}},a")
    folder.write("notes/1.csv", "id,contact_id,body", "p,a,")
    code, _, figures = folder.run("--allow", "rejected")
    assert code == 1
    assert gone(figures) == [("contacts", "phone", 2, 0), ("notes", "body", 1, 0)]
    assert folder.merged("contacts", "email, phone") == [("of a", None), ("of b", None), *[(None, None)] * 4]
    assert folder.run("--allow", "rejected")[2]["columns_gone"] == []
    assert cli.main(["verify", "--output", str(folder.output)]) == 0


@pytest.mark.long
def test_a_column_that_an_upserted_file_lacks_is_reported_with_the_values_that_its_rows_had(
    folder: Folder,
) -> None:
    settings = folder.input.parent / "settings.toml"
    tables = ("contacts", "notes", "list_memberships")
    settings.write_text("[load]\n" + "".join(f'{table} = "upsert"\n' for table in tables), encoding="utf-8")
    folder.write(
        "contacts.csv", "id,rowid,email,phone,merged_into_id", "a,1,of a,11,", "b,2,of b,12,a", "c,3,of c,,"
    )
    folder.write(
        "notes.jsonl", *(json.dumps({"id": i, "contact_id": A, "body": "x", "n": 1}) for i in (N, M))
    )
    folder.write("list_memberships.csv", "list_id,contact_id,since", "L1,a,2026", "L2,a,2026", "L1,c,2026")
    assert folder.run("--config", str(settings))[0] == 0
    folder.write("contacts.csv", "rowid,email,id", "8,new,b", "9,new,c", "7,new,d")
    folder.write("notes.jsonl", json.dumps({"id": N, "contact_id": A, "n": 2}))
    folder.write("list_memberships.csv", "list_id,contact_id", "L1,a")
    code, _, figures = folder.run("--config", str(settings))
    assert code == 0
    assert gone(figures) == [
        ("contacts", "phone", 1, 0), ("contacts", "merged_into_id", 1, 0),
        ("notes", "body", 1, 0), ("list_memberships", "since", 1, 0),
    ]  # fmt: skip
    assert (figures["contacts_back_again"], figures["contacts_after"]) == (1, 4)
    assert folder.merged("contacts", "rowid, phone") == [("1", "11"), ("7", None), ("8", None), ("9", None)]
    assert cli.main(["run", "--input", str(folder.input), "--output", str(folder.output)]) == 0
    assert "Columns that are gone, from all files or from some" in folder.capsys.readouterr()[0]


def test_an_object_of_json_lines_may_leave_a_key_out(folder: Folder) -> None:
    folder.write("contacts/1.jsonl", *(json.dumps({"id": i, "f": "x"}) for i in (A, B)))
    assert folder.run()[0] == 0
    folder.write("contacts/1.jsonl", json.dumps({"id": A, "f": "x"}))
    folder.write("contacts/2.jsonl", json.dumps({"id": B}))
    assert folder.run()[2]["columns_gone"] == []


@pytest.mark.long
@pytest.mark.parametrize("hidden", [None, "_SUCCESS", ".part.csv"])
def test_a_folder_without_a_file_to_read_is_listed(folder: Folder, hidden: str | None) -> None:
    folder.write("contacts.csv", "id,f", "a,1")
    assert folder.run()[0] == 0
    (folder.input / "contacts.csv").unlink()
    (folder.input / "contacts").mkdir()
    if hidden:
        folder.write(f"contacts/{hidden}", "id,f", "b,2")
    code, _, figures = folder.run()
    assert (code, figures["unknown_files"]) == (0, [{"file": "contacts/", "nearest_table": None}])
    assert folder.merged("contacts") == [(A, "1")]
    assert cli.main(["run", "--input", str(folder.input), "--output", str(folder.output)]) == 0
    shown = folder.capsys.readouterr()[0]
    assert "Not read: files that name no table, folders without a file" in shown
    assert "the folder has no file to read" in shown


def test_a_table_that_comes_for_the_first_time_lost_no_column(folder: Folder) -> None:
    """Until then it is empty, with the columns that the preset names; Data Loader writes these in capitals."""
    settings = folder.input.parent / "settings.toml"
    settings.write_text('preset = "salesforce"\n', encoding="utf-8")
    folder.write("Contact.csv", "ID,EMAIL", "0035g00000Q0001AAB,of one")
    folder.write("Task.csv", "ID,WHOID", "00T5g00000Q0001AAB,0035g00000Q0001AAB")
    assert folder.run("--config", str(settings))[2]["columns_gone"] == []
    folder.write("Case.csv", "ID,SUBJECT,CONTACTID", "5005g00000Q0001AAB,of nobody,")
    assert folder.run("--config", str(settings))[2]["columns_gone"] == []
