"""Pairs are read from the files in which people have them, and each fault of a file is one line."""

import gzip
from pathlib import Path

import pytest

from benchsuite.errors import BadData, WrongCall
from benchsuite_tasks.sts.datasets.files import sts
from benchsuite_tasks.sts.datasets.mini import sts_mini

A, B, C = "A dog runs.", '"Quotes" stay, and\x85so', "Ein Hund läuft."


def told(folder: Path, **options):
    return [
        (s.id, s.inputs["sentences"], s.truth, s.attributes["source"])
        for s in sts(str(folder), **options).samples()
    ]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("mine.tsv", f"sentence1\tsentence2\tscore\tsource\n{A}\t{B}\t2.5\tweb\n{B}\t{C}\t5\tweb\n"),
        ("mine.tab", f"source\tid\tscore\tsentence2\tsentence1\nweb\t7\t2.5\t{B}\t{A}\nweb\t8\t5\t{C}\t{B}\n"),
        ("mine.csv", f"main\tweb\t2012test\t0001\t2.500\t{A}\t{B}\nmain\tweb\t2012test\t0002\t5.000\t{B}\t{C}\textra\n"),
        ("mine.txt", f"pair_ID\tsentence_A\tsentence_B\trelatedness_score\tfilename\n1\t{A}\t{B}\t2.5\tweb\n2\t{B}\t{C}\t5\tweb\n"),
    ],
    ids=["mteb", "any order", "STS benchmark", "SICK"],
)  # fmt: skip
def test_a_table_is_read_by_its_names_and_without_any_by_its_places(file, text, tmp_path):
    expected = [("mine-1", (A, B), 2.5, "web"), ("mine-2", (B, C), 5.0, "web")]
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert told(tmp_path / file) == told(tmp_path) == expected
    (tmp_path / file).rename(tmp_path / "mine.old")
    (tmp_path / f"{file}.gz").write_bytes(gzip.compress(text.encode()))
    assert told(tmp_path / f"{file}.gz") == expected


def test_a_set_is_called_by_its_file_without_the_ending(tmp_path):
    for name in ("sick.test.tsv", "sick.train.tsv.gz", "v1.0"):
        text = f"sentence1\tsentence2\tscore\n{A}\t{name}\t1\n".encode()
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    sets = [sample.attributes["set"] for sample in sts(str(tmp_path)).samples()]
    assert sorted(sets) == ["sick.test", "sick.train", "v1"]
    (chosen,) = sts(str(tmp_path), sets=["sick.test"]).samples()
    assert chosen.inputs["sentences"] == (A, "sick.test.tsv")


def test_a_folder_of_semeval_keeps_its_whole_name_and_its_sources_too(tmp_path):
    folder = tmp_path / "v1.2"
    folder.mkdir()
    for name in ("STS.input.track5.en-en.txt", "STS.gs.track5.en-en.txt"):
        (folder / name).write_text(f"{A}\t{B}\n" if "input" in name else "3\n", encoding="utf-8")
    (sample,) = sts(str(folder)).samples()
    assert (sample.attributes["set"], sample.attributes["source"]) == ("v1.2", "track5.en-en")


def test_two_files_that_would_be_one_set_are_refused(tmp_path):
    text = f"sentence1\tsentence2\tscore\n{A}\t{B}\t1\n"
    (tmp_path / "mine.tsv").write_text(text, encoding="utf-8")
    (tmp_path / "mine.txt").write_text(text, encoding="utf-8")
    with pytest.raises(
        BadData, match=r"mine\.txt: expected one place of the set 'mine', found .*mine\.tsv"
    ):
        sts(str(tmp_path))


def test_semeval_s_files_of_a_folder_are_one_set_without_the_pairs_that_nobody_judged(tmp_path):
    folder = tmp_path / "STS16"
    folder.mkdir()
    (folder / "STS.input.news.txt").write_text(
        f"{A}\t{B}\n{B}\t{C}\turl\turl\n{A}\t{C}\n", encoding="utf-8"
    )
    (folder / "STS.gs.news.txt").write_text("3\n\n4.5\n")
    (folder / "STS.input.web.txt").write_text(f"{C}\t{B}\n", encoding="utf-8")
    (folder / "STS.gs.web.txt").write_text("0\n")
    expected = [((A, B), 3.0, "news"), ((A, C), 4.5, "news"), ((C, B), 0.0, "web")]
    assert [row[1:] for row in told(folder)] == expected
    assert {sample.attributes["set"] for sample in sts(str(tmp_path / "*/STS.*")).samples()} == {
        "STS16"
    }


def test_sets_are_chosen_and_one_that_models_are_fitted_to_is_not_measured(tmp_path):
    for name in ("dev", "test", "other"):
        (tmp_path / f"{name}.tsv").write_text(
            f"sentence1\tsentence2\tscore\n{A}\t{name}\t1\n", encoding="utf-8"
        )
    assert {row[0] for row in told(tmp_path, sets=["test"])} == {"test-1"}
    dataset = sts(str(tmp_path), fit="dev")
    assert {sample.id for sample in dataset.samples()} == {"test-1", "other-1"}
    assert dataset.shared == {"fit": [A, "dev"]}
    assert dataset.fingerprint != sts(str(tmp_path), sets=["other", "test"]).fingerprint
    for options in ({"sets": ["tset"]}, {"fit": "tset"}):
        with pytest.raises(WrongCall, match=r"has no set 'tset'.*test"):
            sts(str(tmp_path), **options)


def test_pairs_that_share_a_sentence_are_one_cluster_over_all_sets(tmp_path):
    rows = {"a": [(A, B), ("x", "y")], "b": [(B, C), ("z", "w"), ("y", "z"), ("lone", "some")]}
    for name, pairs in rows.items():
        lines = [f"{one}\t{two}\t1" for one, two in pairs]
        (tmp_path / f"{name}.tsv").write_text(
            "\n".join(["sentence1\tsentence2\tscore", *lines]), encoding="utf-8"
        )
    members: dict[str, set[str]] = {}
    for sample in sts(str(tmp_path)).samples():
        members.setdefault(sample.cluster, set()).add(sample.id)
    assert sorted(members.values(), key=min) == [{"a-1", "b-1"}, {"a-2", "b-2", "b-3"}, {"b-4"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sentence1\tscore\na\t1\n", r"mine\.tsv: expected the column 'sentence2'"),
        ("a\tb\t1\n", r"mine\.tsv: expected the column 'sentence1'"),
        ("sentence1\tsentence2\tscore\na\t1\n", r"mine\.tsv:2: expected 3 fields, found 2"),
        (
            "sentence1\tsentence2\tscore\na\tb\tgood\n",
            r"mine\.tsv:2: score: expected a finite number, found 'good'",
        ),
        (
            "sentence1\tsentence2\tscore\na\tb\t7\n",
            r"mine\.tsv:2: expected two sentences and 0 to 5",
        ),
        (
            "sentence1\tsentence2\tscore\na\t \t3\n",
            r"mine\.tsv:2: expected two sentences and 0 to 5",
        ),
        ("sentence1\tsentence2\tscore\n", "no samples"),
    ],
)
def test_a_fault_of_a_table_is_one_line_with_its_place(text, message, tmp_path):
    (tmp_path / "mine.tsv").write_text(text)
    with pytest.raises(BadData, match=message) as caught:
        sts(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_input_and_gold_of_another_length_are_refused(tmp_path):
    (tmp_path / "STS.input.a.txt").write_text("a\tb\nc\td\n")
    (tmp_path / "STS.gs.a.txt").write_text("1\n")
    with pytest.raises(BadData, match=r"STS\.gs\.a\.txt: expected 2 lines as .*, found 1"):
        sts(str(tmp_path))


def test_the_small_set_scores_what_is_the_same_and_its_scores_are_those_of_the_recipe():
    samples = sts_mini().samples()
    assert len(samples) == 300
    assert {s.attributes["source"] for s in samples} == {"home", "town", "work"}
    assert {s.truth for s in samples} <= {
        a + b + c + d for a in (0, 1) for b in (0, 2) for c in (0, 1.5) for d in (0, 0.5)
    }
    # The parts that two sentences have in common are never worth more than the score.
    for sample in samples:
        if sample.inputs["sentences"][0] == sample.inputs["sentences"][1]:
            assert sample.truth == 5
