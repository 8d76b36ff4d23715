"""Delta tables of a lake, for the scripts that read them: what there is, copies whose log begins at a checkpoint, and lines of docs/warehouses.md."""

import pathlib
import shutil


def tables_of(lake):
    """The Delta tables of a lake in a folder."""
    return sorted(path for path in (pathlib.Path(lake) / "delta").iterdir() if (path / "_delta_log").is_dir())


def from_checkpoint(table, folder):
    """A copy of the table without the versions before its newest checkpoint; None where it has none."""
    copy = pathlib.Path(folder) / table.name
    shutil.copytree(table, copy)
    checkpoints = sorted((copy / "_delta_log").glob("*.checkpoint.parquet"))
    if not checkpoints:
        return None
    newest = int(checkpoints[-1].name.split(".")[0])
    for version in (copy / "_delta_log").glob("*.json"):
        if int(version.stem) < newest:
            version.unlink()
    return copy


def without_checkpoints(table, folder):
    """A copy of the table whose log has all versions, and no checkpoint."""
    copy = pathlib.Path(folder) / f"all-{table.name}"
    shutil.copytree(table, copy)
    for file in (copy / "_delta_log").iterdir():
        if "checkpoint" in file.name:
            file.unlink()
    return copy


def document_lines(lake):
    """Pairs of a reader and a line of docs/warehouses.md that is said to be run: those indented behind headings that say so."""
    document = pathlib.Path(__file__).parents[2] / "docs" / "warehouses.md"
    reader = None
    for line in document.read_text().splitlines():
        if line.startswith("##"):
            reader = line.split()[1] if "(*run*)" in line else None
        elif line.startswith("    ") and reader:
            yield reader, line.strip().replace("LAKE", str(lake))
