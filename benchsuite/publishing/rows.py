"""Which rows of a tidy table a view shows: those that say something, each once."""

import numpy as np
import pandas as pd

from benchsuite.estimation import Code, Notes
from benchsuite.publishing.words import is_empty
from benchsuite.runs.forms import Form, Scope


def everybody(table: pd.DataFrame) -> pd.DataFrame:
    """The rows about all samples, not about groups."""
    return table[table["attribute"] == ""]


def higher(rows: pd.DataFrame) -> bool:
    """Whether higher is better in these rows of one metric; True for no row."""
    return bool(rows["higher_is_better"].iloc[0]) if len(rows) else True


def of_form(table: pd.DataFrame, *forms: Form) -> pd.DataFrame:
    """The rows of these forms."""
    return table[table["form"].isin(forms)]


def measured(rows: pd.DataFrame) -> pd.DataFrame:
    """Without the sets of conditions that no model completed: nobody asked for the whole of them.

    A thinned suite is shown where some model has no more than that.
    """
    whole = rows["condition"].isin(rows.dropna(subset="value")["condition"])
    suites = rows[rows["scope"] == Scope.SUITE]
    lacking = set(suites[suites["value"].isna()]["suite"])
    needless = (rows["scope"] == Scope.ODD) & ~rows["suite"].isin(lacking)
    return rows[(whole | (rows["kind"] == "clean")) & ~needless]


def by_family(rows: pd.DataFrame) -> pd.DataFrame:
    """The table without means of single names if the mean of their whole family is shown."""
    families = rows[(rows["scope"] == Scope.FAMILY) & rows["value"].notna()]
    shown = set(zip(families["kind"], families["family"], strict=True))
    pairs = zip(rows["kind"], rows["family"], strict=True)
    repeated = np.array([pair in shown for pair in pairs], dtype=bool)
    return rows[~repeated | (rows["name"] == "").to_numpy()]


def whole_once(rows: pd.DataFrame) -> pd.DataFrame:
    """The table with shares of clean for whole suites only, if there are any."""
    relative = rows["form"] == Form.RELATIVE
    suite = rows["scope"] == Scope.SUITE
    whole = set(rows[suite & relative & rows["value"].notna()]["kind"])
    return rows[~(~suite & relative & rows["kind"].isin(whole))]


def with_samples(rows: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """Without the models, and the lines of these keys, that have no sample in any of their cells.

    So a raw model is left out of a table of what adapting gains, and so are groups of another kind.
    """
    there = rows["value"].notna() | ~rows["note"].map(is_empty).astype(bool)
    line = there.groupby([rows["dataset"], *(rows[key] for key in keys)]).transform("any")
    model = there.groupby([rows["dataset"], rows["model"]]).transform("any")
    return rows[line & model]


def of_groups(rows: pd.DataFrame) -> pd.DataFrame:
    """Without the groups and models that have no sample, and without what is said of such.

    An attribute of which a single group can be judged has no gap: nothing is said of its groups.
    """
    values = with_samples(of_form(rows, Form.VALUE), "attribute", "group")
    about = ["dataset", "attribute", "model"]
    told = pd.MultiIndex.from_frame(rows[about]).isin(pd.MultiIndex.from_frame(values[about]))
    known = rows["value"].notna().groupby([rows[key] for key in (*about[:2], "form")])
    judged = pd.Series(told, rows.index) & known.transform("any") & (rows["form"] != Form.VALUE)
    return rows[judged | rows.index.isin(values.index)]


def of_several(rows: pd.DataFrame, overall: pd.DataFrame) -> pd.DataFrame:
    """Without the attributes whose single group is everybody: the overall row has said it."""
    everyone = pd.to_numeric(overall["n"]).groupby(overall["dataset"]).max()
    values = rows["form"] == Form.VALUE
    keys = [rows["dataset"], rows["attribute"]]
    groups = rows["group"].where(values).groupby(keys).transform("nunique")
    largest = pd.to_numeric(rows["n"]).where(values).groupby(keys).transform("max")
    return rows[(groups > 1) | (largest != rows["dataset"].map(everyone))]


def ranked_sets(rows: pd.DataFrame) -> list[str]:
    """The set in which each row is ranked; a row without a rank goes to one of its protocol."""
    named = [_set(notes) for notes in rows["note"]]
    of_protocol: dict[str, str] = {}
    for protocol, name in zip(rows["protocol"], named, strict=True):
        if name:
            of_protocol.setdefault(protocol, name)
    pairs = zip(rows["protocol"], named, strict=True)
    return [name or of_protocol.get(protocol, protocol) for protocol, name in pairs]


def _set(notes: Notes) -> str:
    return next((str(one.arguments[0]) for one in notes if one.code == Code.RANKED), "")
