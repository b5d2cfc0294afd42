"""A gate never passes on kept answers of a model that nobody asked, and says how many were kept."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN
from benchsuite.dataset import Inputs, digest
from benchsuite.endpoint import Served
from benchsuite.errors import NotAvailable
from benchsuite.estimation import Code, Note
from benchsuite.estimation.wording import in_words
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import gate
from benchsuite.gates.verdict import Verdict
from benchsuite.model import State
from benchsuite.publishing.verdicts import report, summary
from benchsuite.runs.answers import Answers
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import Statistics, run_statistics
from tests.scripted import Reply, Scripted, endpoint
from tests.toys import MEAN, install, numbers

METRICS = {"toy-mean": MEAN.metrics[:1]}
SAMPLES = 90
KEPT = Note(Code.KEPT, (SAMPLES, SAMPLES))


@dataclass(frozen=True)
class Asked(Served):
    """Asks a server for the score of each x."""

    name: str = "asked"
    url: str = ""
    attempts: int = 1

    @property
    def fingerprint(self) -> str:
        return digest(["asked", self.who])

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[float]:
        def one(x: float) -> float:
            request = {"model": "m", "messages": [{"role": "user", "content": json.dumps(x)}]}
            return float(self.endpoint.ask(request, "p").text)

        with ThreadPoolExecutor(self.concurrency) as pool:
            return list(pool.map(one, [i.fields["x"] for i in inputs]))


@dataclass
class Judge:
    """What stands behind the address: a good model, one that is replaced, one that stops."""

    sign: float = 1.0
    build: str = ""
    until: float = float("inf")

    def __call__(self, number: int, text: str) -> Reply:
        if number >= self.until:
            return Reply(status=401)
        return Reply(str(self.sign * json.loads(text)), build=self.build)


def measured(seen: Scripted, tmp_path: Path, results: str, **settings: Any) -> Statistics:
    """The statistics of a run, as a new process makes it."""
    model = Asked(url=seen.url, **{"cache": str(tmp_path / "kept"), **settings})
    run = Run(MEAN, numbers(SAMPLES), model, (CLEAN,))
    return run_statistics(evaluate(run, tmp_path / results, replicates=100))


def judged(before: Statistics, after: Statistics) -> Any:
    return gate([(before, after)], METRICS, Policy(replicates=300))


def test_a_model_that_was_replaced_under_its_name_and_was_not_asked_never_passes(tmp_path):
    judge = Judge()
    with endpoint(judge) as seen:
        before = measured(seen, tmp_path, "main")
        judge.sign = -1.0
        after = measured(seen, tmp_path, "pr")
        outcome = judged(before, after)
        assert seen.asked == SAMPLES
        anew = measured(seen, tmp_path, "off", cache="off")
        assert seen.asked == 2 * SAMPLES
    assert after.answers == Answers(0, SAMPLES, (), (), (), SAMPLES)
    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "was not asked: 90 of 90 answers were kept ones; model.cache=off" in outcome.line
    assert "90 of 90 answers were kept ones" in summary(report(outcome)).splitlines()[-1]
    assert judged(before, anew).verdict == Verdict.FAIL


def test_a_replaced_model_at_another_address_or_of_another_revision_is_asked_and_fails(tmp_path):
    judge = Judge()
    with endpoint(judge) as seen, endpoint(Judge(-1.0)) as other:
        before = measured(seen, tmp_path, "main")
        assert judged(before, measured(other, tmp_path, "pr")).verdict == Verdict.FAIL
        judge.sign = -1.0
        assert judged(before, measured(seen, tmp_path, "pr", revision="2")).verdict == Verdict.FAIL


def test_kept_answers_of_a_stated_revision_are_good_and_are_said(tmp_path):
    with endpoint(Judge()) as seen:
        before = measured(seen, tmp_path, "main", revision="abc")
        outcome = judged(before, measured(seen, tmp_path, "pr", revision="abc"))
    assert outcome.verdict == Verdict.PASS
    assert "90 of 90 answers were kept ones" in summary(report(outcome))


def test_a_complete_run_that_is_called_again_asks_nothing_and_never_passes(tmp_path):
    with endpoint(Judge()) as seen:
        before = measured(seen, tmp_path, "main")
        assert judged(before, before).verdict == Verdict.PASS
        again = measured(seen, tmp_path, "main")
    assert (before.answers.kept, again.answers.kept) == (0, SAMPLES)
    assert judged(before, again).verdict == Verdict.INCONCLUSIVE


def test_a_run_that_was_stopped_goes_on_with_its_own_answers(tmp_path):
    judge = Judge(until=50)
    with endpoint(judge) as seen:
        with pytest.raises(NotAvailable, match="found status 401"):
            measured(seen, tmp_path, "main")
        judge.until, before = float("inf"), seen.asked
        found = measured(seen, tmp_path, "main")
        assert seen.asked - before == SAMPLES - 50, "what was answered is not asked again"
    assert (found.answers.asked, found.answers.kept) == (SAMPLES, 0)


def test_kept_answers_of_a_model_that_the_server_no_longer_claims_to_be_are_invalid(tmp_path):
    judge = Judge(build="fp_1")
    with endpoint(judge) as seen:
        before = measured(seen, tmp_path, "main")
        judge.build = "fp_2"
        for path in sorted((tmp_path / "kept").rglob("*.json"))[:30]:
            path.unlink()
        after = measured(seen, tmp_path, "pr")
        outcome = judged(before, after)
    assert (after.answers.asked, after.answers.kept) == (30, 60)
    assert outcome.verdict == Verdict.INVALID
    assert (
        "60 of 90 answers were kept ones, of fp_1; the server says that it is fp_2" in outcome.line
    )


def test_the_board_says_how_many_answers_were_kept_and_no_number_or_unit_depends_on_it(
    tmp_path, monkeypatch
):
    install(monkeypatch, MEAN)
    with endpoint(Judge()) as seen:
        for results in ("main", "pr"):
            measured(seen, tmp_path, results)
    main, pr = (leaderboard(tmp_path / results) for results in ("main", "pr"))
    assert not any(note.code == Code.KEPT for notes in main["note"] for note in notes)
    rows = pr[pr["form"] == "value"]
    assert all(KEPT in notes for notes in rows["note"])
    assert "90 of 90 answers were kept ones" in in_words(rows)["note"].iloc[0]
    assert pr.drop(columns="note").equals(main.drop(columns="note"))
    units = [sorted(p.name for p in (tmp_path / r).rglob("units/**/*.*")) for r in ("main", "pr")]
    assert units[0] == units[1] != []


def test_a_refused_sample_is_skipped_and_the_same_command_asks_for_it_alone(tmp_path):
    seventh = json.dumps(numbers(SAMPLES).samples()[7].inputs["x"])
    judge, filtered = Judge(), [seventh]

    def script(number: int, text: str) -> Reply:
        said = json.dumps({"error": {"message": "the prompt was filtered"}})
        return Reply(status=400, raw=said) if text in filtered else judge(number, text)

    with endpoint(script) as seen:
        run = Run(
            MEAN, numbers(SAMPLES), Asked(url=seen.url, cache=str(tmp_path / "kept")), (CLEAN,)
        )
        run = replace(run, on_error="skip")
        found = run_statistics(evaluate(run, tmp_path / "results", replicates=100))
        errors = found.tables["clean"].set_index("sample_id")["error"]
        assert "status 400: the prompt was filtered" in errors["s0007"]
        assert (found.answers.every, (errors != "").sum()) == (SAMPLES - 1, 1)
        filtered.clear()
        before = seen.asked
        found = run_statistics(evaluate(run, tmp_path / "results", replicates=100))
        assert seen.asked == before + 1
    assert (found.answers.asked, found.answers.kept) == (1, SAMPLES - 1)
