"""Reading a CSV file as text, every value as it came: nothing guessed, nothing dropped without a word.

A file is checked before DuckDB sees it (is it a file, is it text in the encoding it should be, does its header
name each column once), because a parser's own message about these says little to the person who exported it.
Single malformed lines become rejects; a file that is broken as a whole is one :class:`DataError`.
"""

from __future__ import annotations

import codecs
import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from features.errors import DataError
from features.facts.staging import ORIGIN_COLUMNS
from features.importers.sql import ident, text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from features.facts.staging import Staging

_CHUNK = 1 << 24
_ENCODING_HINT = "save it as UTF-8, for instance: iconv -f LATIN1 -t UTF-8 in.csv > out.csv"


@dataclass(frozen=True)
class CsvSource:
    """A CSV file and how to read it; ``table`` is the table that its malformed lines are rejected under."""

    path: Path
    name: str
    table: str
    delimiter: str = ","
    encoding: str = "utf-8"


def load_csv(
    staging: Staging,
    source: CsvSource,
    relation: str,
    wanted: Collection[str] | Callable[[str], bool] | None = None,
) -> list[str]:
    """Load a CSV file as ``relation``, all text plus ``_source`` and ``_row``; return its column names.

    ``wanted`` keeps only the columns whose names (case aside) it holds, or for which it is true. ``_row`` counts
    data rows from 1 and still fits the file where a malformed line was rejected before the row.

    Raises
    ------
    DataError
        The file is missing, a folder, empty, not text, without a usable header, or its lines cannot be parsed.

    """
    with tempfile.TemporaryDirectory(prefix="leadquality-csv-") as folder:
        path = _as_utf8(source, Path(folder))
        columns = _header(path, source)
        try:
            _scan(staging, path, source, relation, columns, wanted)
        except duckdb.Error as error:
            if "invalid state" not in str(error):
                raise _unreadable(source, error) from error
            # Lines that end now in CRLF, now in LF: parse a copy that ends them all alike.
            _scan(staging, _same_line_ends(path, Path(folder)), source, relation, columns, wanted)
    _number_rows(staging, source, relation, columns)
    return columns


def _unreadable(source: CsvSource, error: duckdb.Error) -> DataError:
    reason = str(error).removeprefix("Invalid Input Error: ")
    return DataError.unreadable(source.path, reason, hint="open the file at the line named and mend it")


def _as_utf8(source: CsvSource, folder: Path) -> Path:
    """Check that the file is text, and return it, or a copy of it, in UTF-8."""
    _check_is_file(source.path)
    plain = codecs.lookup(source.encoding).name in {"utf-8", "utf-8-sig", "ascii"}
    target = folder / "utf8.csv"
    decoder = codecs.getincrementaldecoder("utf-8" if plain else source.encoding)()
    line = 1
    try:
        with source.path.open("rb") as file, target.open("w", encoding="utf-8", newline="") as copy:
            while chunk := file.read(_CHUNK):
                _check_no_nul(source, chunk, line)
                decoded = decoder.decode(chunk)
                if not plain:
                    copy.write(decoded)
                line += chunk.count(b"\n")
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        at = line + error.object[: error.start].count(b"\n")
        seen = error.object[error.start : error.start + 1]
        message = f"{source.path}: line {at}: {seen!r} is not {source.encoding} text"
        raise DataError(message, hint=_ENCODING_HINT) from error
    except OSError as error:
        raise DataError.unreadable(source.path, error.strerror or str(error)) from error
    return source.path if plain else target


def _check_is_file(path: Path) -> None:
    if path.is_dir():
        raise DataError(f"{path}: is a folder; expected a CSV file")
    if not path.is_file():
        raise DataError.missing_file(path, wanted="a CSV file")
    if path.stat().st_size == 0:
        raise DataError(f"{path}: is empty; expected a header line and rows", hint="export it again")


def _check_no_nul(source: CsvSource, chunk: bytes, line: int) -> None:
    position = chunk.find(b"\0")
    if position < 0 or codecs.lookup(source.encoding).name.startswith(("utf-16", "utf-32")):
        return
    at = line + chunk[:position].count(b"\n")
    guess = "it looks like UTF-16" if chunk[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "it is no text"
    raise DataError(f"{source.path}: line {at}: holds a NUL byte, so {guess}", hint=_ENCODING_HINT)


def _header(path: Path, source: CsvSource) -> list[str]:
    """Return the column names: trimmed, numbered where blank, refused where one stands twice."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = next(csv.reader(file, delimiter=source.delimiter), [])
    except csv.Error as error:
        raise DataError.unreadable(source.path, f"the header line: {error}") from error
    if not any(cell.strip() for cell in cells):
        raise DataError(f"{source.path}: line 1 is blank; expected the column names")
    names = [cell.strip() or f"unnamed_{number}" for number, cell in enumerate(cells, 1)]
    seen: dict[str, str] = {}
    for name in names:
        if name.casefold() in seen or name.casefold() in ORIGIN_COLUMNS:
            why = (
                "stands twice in the header"
                if name.casefold() in seen
                else "is a name that the import needs itself"
            )
            raise DataError(f"{source.path}: column {name!r} {why}", hint="rename it, or its twin")
        seen[name.casefold()] = name
    return names


def _scan(
    staging: Staging,
    path: Path,
    source: CsvSource,
    relation: str,
    columns: list[str],
    wanted: Collection[str] | Callable[[str], bool] | None,
) -> None:
    chosen = [ident(name) for name in columns if _is_wanted(name, wanted)] or ["NULL AS nothing"]
    typed = ", ".join(f"{text(name)}: 'VARCHAR'" for name in columns)
    # Temporary: such tables are neither compressed nor logged, which saves a third of the import's work.
    for table in ("reject_errors", "reject_scans"):
        staging.connection.execute(f"DROP TABLE IF EXISTS {table}")
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE raw_{relation} AS SELECT {", ".join(chosen)} FROM read_csv(
            {text(str(path))}, columns = {{{typed}}}, auto_detect = false, header = true,
            delim = {text(source.delimiter)}, quote = '"', escape = '"', comment = '', store_rejects = true)"""
    )


def _is_wanted(name: str, wanted: Collection[str] | Callable[[str], bool] | None) -> bool:
    if wanted is None or callable(wanted):
        return wanted is None or wanted(name)
    return name.casefold() in {each.casefold() for each in wanted}


def _same_line_ends(path: Path, folder: Path) -> Path:
    copy = folder / "same_line_ends.csv"
    with (
        path.open(encoding="utf-8-sig") as file,
        copy.open("w", encoding="utf-8", newline="\n") as out,
    ):
        while chunk := file.read(_CHUNK):
            out.write(chunk)
    return copy


def _number_rows(staging: Staging, source: CsvSource, relation: str, columns: list[str]) -> None:
    """Make the view ``relation`` with each row's file and number, and reject the malformed lines."""
    bad = f"malformed_{relation}"
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {bad} AS SELECT line - 1 AS position,
            trim(any_value(csv_line), chr(13) || chr(10)) AS line, arg_min(error_message, column_idx) AS message,
            arg_min(error_type::VARCHAR, column_idx) AS kind
        FROM reject_errors GROUP BY reject_errors.line"""
    )
    numbered = f"(SELECT *, rowid + 1 AS _row FROM raw_{relation})"
    if staging.count(bad):
        _check_quotes(staging, source, bad)
        _reject(staging, source, bad, len(columns))
        numbered = _shifted(staging, relation, bad)
    staging.connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {relation} AS SELECT *, {text(source.name)} AS _source FROM {numbered}"
    )


def _shifted(staging: Staging, relation: str, bad: str) -> str:
    """Number the kept rows as they stand in the file: each after the rejected lines that came before it."""
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE numbered_{relation} AS
        WITH shifts AS (SELECT position - before + 1 AS first, max(before) AS shift
            FROM (SELECT position, row_number() OVER (ORDER BY position) AS before FROM {bad}) GROUP BY 1)
        SELECT kept.* EXCLUDE (position), position + coalesce(shift, 0) AS _row
        FROM (SELECT *, rowid + 1 AS position FROM raw_{relation}) kept
        ASOF LEFT JOIN shifts ON position >= first ORDER BY position"""
    )
    staging.connection.execute(f"DROP TABLE raw_{relation}")
    return f"numbered_{relation}"


def _check_quotes(staging: Staging, source: CsvSource, bad: str) -> None:
    """Raise where the rest of the file, or a part of it, went into one value: no row after it can be trusted."""
    query = f"""SELECT position, line FROM {bad} WHERE kind = 'UNQUOTED VALUE' AND contains(line, chr(10))
        ORDER BY position LIMIT 1"""
    for row, line in staging.rows(query):
        reason = f"{source.path}: line {row + 1}: a quote is opened and never closed: {line[:60]!r}"
        raise DataError(reason, hint="close or remove the quote, or export the file again")


def _reject(staging: Staging, source: CsvSource, bad: str, columns: int) -> None:
    # There may be millions: they never leave the scratch database.
    staging.all_rejects.add_from(
        f"""SELECT {text(source.table)}, {text(source.name)}, position, '(line)', left(line, 200),
            'malformed line: ' || split_part(message, chr(10), 1) || ' (the header has {columns} columns)',
            to_json(struct_pack("line" := line))::VARCHAR
        FROM {bad} ORDER BY position"""
    )


def missing_columns(columns: list[str], wanted: Collection[str]) -> list[str]:
    """Return those of ``wanted`` that ``columns`` lacks, case aside."""
    have = {name.casefold() for name in columns}
    return [name for name in wanted if name.casefold() not in have]


def scalar(staging: Staging, query: str) -> Any:  # noqa: ANN401 - whatever the query gives
    """Return the one value of a query."""
    return staging.rows(query)[0][0]
