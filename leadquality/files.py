"""Writing a frame to the file that a user named, in the format that its name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


def check_output(path: Path) -> None:
    """Refuse, before any work is done, a file name that says no known format, or that is a folder."""
    if path.suffix.lower() not in {".parquet", ".csv"}:
        raise ConfigError(f"-o {path}: expected a name that ends in .parquet or .csv")
    if path.is_dir():
        raise ConfigError(f"-o {path}: is a folder; expected a file")


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write Parquet or CSV by the name's ending, whole or not at all; the folder is made where it is missing."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".csv":
            frame.to_csv(partial, index=False)
        else:
            frame.to_parquet(partial, index=False)
        partial.replace(path)
    except OSError as error:
        raise ConfigError(f"-o {path}: cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
