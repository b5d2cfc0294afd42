"""Submissions to published boards: written from a run, and checked by whoever keeps the board."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from benchsuite.boards.submissions import (
    SUBMISSIONS,
    board_of,
    folders_of,
    opened,
    problems_beside,
    problems_of,
    published_runs,
)
from benchsuite.errors import BadData
from benchsuite.files.text import text_of
from benchsuite.files.write import replacing, write_bytes
from benchsuite.publishing.card import END, PLACE, facts, new_card, with_words_of
from benchsuite.publishing.folder import TABLE
from benchsuite.publishing.kept import problems_of_table, publish_kept
from benchsuite.runs.find import open_run
from benchsuite.runs.store import MANIFEST, RunDirectory
from benchsuite.runs.submission import CARD, Submission, open_submission
from benchsuite.runs.submit import write_submission


def submit(
    run: Path, board: Path | None, out: Path | None, left_out: Callable[[str], None]
) -> Path:
    """Write the submission of a run to a board, or below `out`; returns its folder.

    The words of an earlier card stay. Raises BadData, with the first reason, where the board would
    not take it, CannotWrite.
    """
    directory = open_run(run)
    folder = out or (board or Path()) / SUBMISSIONS
    target = folder / directory.manifest.run_id
    with replacing(target) as made:
        written = write_submission(directory, made, left_out)
        card = new_card(RunDirectory(made))
        if (target / CARD).exists():
            card = with_words_of(card, text_of(target / CARD))
        write_bytes(made / CARD, card.encode())
        open_submission(made)  # raises BadData where it is too large
        for problem in _on_board(written, board):
            raise BadData(problem)
    return target


def checked(paths: Sequence[Path], board: Path | None) -> Iterator[tuple[Path, Iterator[str]]]:
    """Each board and submission of these paths, with what is wrong with it: a line each.

    board  the board of submissions that do not lie on one
    Raises BadData for a path that is neither.
    """
    for path in paths:
        if (path / MANIFEST).exists():
            lies_on = path.resolve().parent
            own = lies_on.parent if lies_on.name == SUBMISSIONS else None
            yield path, _of_submission(path, board or own)
        else:
            boards = sorted(found.parent for found in path.rglob(SUBMISSIONS))
            if not boards and not any(path.rglob(TABLE)):
                raise BadData(f"{path}: expected a board, or a submission")
            yield from ((one, _of_board(one)) for one in boards)


def _of_submission(path: Path, board: Path | None) -> Iterator[str]:
    """What is wrong with a submission, by itself and on a board: a line each."""
    try:
        yield from _on_board(open_submission(path), board)
    except BadData as error:
        yield str(error)


def _on_board(submission: Submission, board: Path | None) -> Iterator[str]:
    yield from _alone(submission)
    if board is not None:
        own = submission.path.name
        others, _ = opened([one for one in folders_of(board) if one.name != own])
        yield from problems_beside(board, submission, others)


def _of_board(board: Path) -> Iterator[str]:
    """What is wrong with the submissions of a board, and with its table: a line each."""
    submissions, problems = _taken(board)
    yield from problems
    if not problems:
        yield from problems_of_table(board, list(map(board_of, submissions)))


def _taken(board: Path) -> tuple[list[Submission], list[str]]:
    """The submissions of a board, and what is wrong with them: a line each."""
    submissions, problems = opened(folders_of(board))
    for place, submission in enumerate(submissions):
        try:
            problems += _alone(submission)
            problems += problems_beside(board, submission, submissions[:place])
        except BadData as error:
            problems.append(str(error))
    return submissions, problems


def takes_submissions(path: Path) -> bool:
    """Whether the folder is a board that keeps submissions."""
    return (path / SUBMISSIONS).is_dir()


def rebuild(board: Path) -> Path:
    """Write the page and the tables of a board anew, with all of its submissions; returns it.

    Raises BadData, with the first reason, where a submission is not right, CannotWrite.
    """
    submissions, problems = _taken(board)
    if problems or not submissions:
        raise BadData(problems[0] if problems else f"{board}: expected a submission, found none")
    publish_kept(board, list(map(board_of, submissions)))
    return board


def _alone(submission: Submission) -> Iterator[str]:
    yield from problems_of(submission)
    card = submission.path / CARD
    if not text_of(card).startswith(facts(submission.directory)):
        yield f"{card}: expected the facts of the manifest above '{END.strip()}', found others"


def to_do(paths: Iterable[Path]) -> Iterator[str]:
    """What a person has still to do below these paths: a line each."""
    for card in (found for path in paths for found in sorted(path.rglob(CARD))):
        if PLACE in text_of(card):
            yield f"{card}: write over '{PLACE}'"
    for board in sorted({found.parent for path in paths for found in path.rglob(SUBMISSIONS)}):
        shown = {row["run_id"] for row in published_runs(board)}
        if new := [one.name for one in folders_of(board) if one.name not in shown]:
            yield f"{board}: run {new[0]} is in no table yet: benchsuite publish {board}"
