"""The commands of the board make its numbers' kinds, and its findings have the numbers of its tables."""

import re

import pandas as pd

from benchsuite.cli.parser import main
from tests.house.source import ROOT
from tests.test_docs import told

BOARD = ROOT / "leaderboards/sts/sts"
MODELS = {
    "jaccard", "minilm", "minilm-whitened", "minilm-whitened-on-dev", "wordllama-256",
    "wordllama-256-whitened", "wordllama-256-whitened-on-dev",
}  # fmt: skip
PUBLISHED = {
    "jaccard": {
        "stsb-test": 0.5648, "sick-r-test": 0.5749, "sts12-test": 0.4932, "sts13-test": 0.5033,
        "sts14-test": 0.5622, "sts15-test": 0.6975, "sts16-test": 0.6003,
    },
    "wordllama-256": {
        "stsb-test": 0.7588, "sick-r-test": 0.6720, "sts12-test": 0.5222, "sts13-test": 0.7444,
        "sts14-test": 0.6951, "sts15-test": 0.8107, "sts16-test": 0.7533,
    },
}  # fmt: skip
"""Spearman's correlation of each set, computed without this suite."""
STATIC = """
class Letters:
    def embed(self, texts):
        return [[text.count(letter) for letter in "abcdefgh"] for text in texts]

model = Letters()
"""


def of_value(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the headline itself."""
    return table[(table["metric"] == "spearman") & (table["form"] == "value")]


def test_the_board_has_the_correlations_that_others_computed():
    table = pd.read_parquet(BOARD / "table.parquet")
    found = of_value(table)
    found = found[(found["attribute"] == "set") & (found["condition"] == "clean")]
    found = found.set_index(["model", "group"])["value"]
    for model, sets in PUBLISHED.items():
        assert {name: round(found[model, name], 4) for name in sets} == sets
    assert set(table["model"]) == MODELS


def test_the_numbers_of_the_findings_are_those_of_the_board():
    gains = pd.concat([pd.read_csv(path) for path in sorted(BOARD.glob("gains-*.csv"))])
    numbers = [gains[name] for name in ("a", "b", "difference", "ci_low", "ci_high", "detectable")]
    table = pd.read_parquet(BOARD / "table.parquet")
    table = table[(table["metric"] == "spearman") & table["form"].isin(["value", "relative"])]
    numbers += [table[name] for name in ("value", "ci_low", "ci_high")]
    shown = {f"{sign * x:.3f}" for column in numbers for x in column.dropna() for sign in (1, -1)}
    text = (BOARD / "findings.md").read_text()
    assert len(found := set(re.findall(r"-?\b[01]\.\d{3}\b", text))) > 60
    assert found <= shown
    pairs = pd.read_parquet(BOARD / "pairs.parquet")
    assert len(pairs) > 100


def test_the_gains_and_losses_of_sources_are_those_whose_interval_has_no_0():
    text = (BOARD / "findings.md").read_text()
    for model, sentence in (
        ("wordllama", "WordLlama has {} gain and {} losses of {}"),
        ("minilm", "MiniLM {} gain and {} losses"),
    ):
        gains = of_value(pd.read_csv(BOARD / f"gains-{model}.csv"))
        mine = gains[(gains["attribute"] == "source") & (gains["condition"] == "clean")]
        counts = (mine["ci_low"] > 0).sum(), (mine["ci_high"] < 0).sum(), len(mine)
        assert sentence.format(*counts) in text


def test_the_first_model_of_the_findings_is_first_on_clean_pairs_and_under_dropped_words():
    table = of_value(pd.read_parquet(BOARD / "table.parquet"))
    everybody = table[table["attribute"] == ""]
    mine = everybody[everybody["model"] == "minilm"].set_index("condition")
    assert (mine.loc[["clean", "text/dropout"], "rank_high"] == 1).all()
    best = everybody.groupby("condition")["value"].max()
    steps = [f"text/dropout/{severity}" for severity in range(1, 6)]
    assert list(mine.loc[steps, "value"]) == list(best[steps])


def test_typos_turn_the_order_of_the_encoders_and_make_whitening_gain():
    found = {}
    for name in ("models", "minilm", "wordllama"):
        gains = of_value(pd.read_csv(BOARD / f"gains-{name}.csv"))
        found[name] = gains[gains["attribute"].isna()].set_index("condition")
    ends = found["models"][["ci_low", "ci_high"]]
    assert ends.loc["clean", "ci_low"] > 0 and (ends.loc["text/typo/4":"text/typo/5"] < 0).all(
        axis=None
    )
    for name in ("minilm", "wordllama"):
        assert found[name].loc["clean", "ci_high"] < 0 < found[name].loc["text/typo/5", "ci_low"]


def test_the_shares_of_the_findings_are_those_of_the_board():
    table = pd.read_parquet(BOARD / "table.parquet")
    rows = table[(table["metric"] == "spearman") & (table["attribute"] == "")]
    text = (BOARD / "findings.md").read_text()
    for model in MODELS:
        mine = rows[rows["model"] == model].set_index(["condition", "form"])
        shown = (("clean", "value"), ("text/typo", "value"), ("text/typo", "relative"),
                 ("text/dropout", "value"), ("text/dropout", "relative"))  # fmt: skip
        cells = [mine.loc[[key]].iloc[0] for key in shown]
        ends = (f"{c['value']:.3f} [{c['ci_low']:.3f}, {c['ci_high']:.3f}]" for c in cells)
        assert f"| {model} | {' | '.join(ends)} |" in text


def test_the_commands_of_the_board_run_with_other_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["stsb-dev", "stsb-test", "sick-r-test", *(f"sts{year}-test" for year in range(12, 17))]
    words = [
        "a bad cab",
        "each face",
        "a head",
        "the bag",
        "a hedge",
        "fad",
        "one egg",
        "beach",
        "a chef",
    ]
    for shift, name in enumerate(names):
        rows = [f"{one} {n}\t{words[n - shift]} {n}\t{n % 6}\tweb" for n, one in enumerate(words)]
        (tmp_path / f"{name}.tsv").write_text(
            "\n".join(["sentence1\tsentence2\tscore\tsource", *rows])
        )
    (tmp_path / "wordllama_256.py").write_text(STATIC)
    for given in told(BOARD / "findings.md"):
        assert (
            main(
                [
                    *(word.replace("=DIR", f"={tmp_path}/*.tsv") for word in given[1:]),
                    *(["replicates=200"] if given[1] == "run" else []),
                ]
            )
            == 0
        )
    made = tmp_path / "leaderboards/sts/sts"
    assert set(pd.read_parquet(made / "table.parquet")["model"]) == MODELS
    assert {path.name for path in made.iterdir()} >= {
        "README.md",
        "gains.png",
        "gains-minilm.csv",
        "gains-wordllama.csv",
    }
