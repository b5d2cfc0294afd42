"""Where the pages of a board are in a site: one rule for those who write and those who link."""

from benchsuite.files.write import slug
from benchsuite.publishing.site.boards import Published


def board_page(board: Published, metric: str = "") -> str:
    """The ranking by a metric; by the headline without one."""
    return f"{_folder(board, metric)}/index.html"


def conditions_page(board: Published, metric: str = "") -> str:
    """The conditions by a metric; by the headline without one."""
    return f"{_folder(board, metric)}/conditions.html"


def groups_page(board: Published, metric: str = "") -> str:
    """The groups by a metric; by the headline without one."""
    return f"{_folder(board, metric)}/groups.html"


def metric_of_page(board: Published, metric: str) -> str:
    """The metric as the pages about it are filed: empty for the headline."""
    return "" if metric == board.headline else metric


def model_page(board: Published, model: str) -> str:
    """The page of a model."""
    return f"{board.folder}/models/{board.files[model]}.html"


def compare_page(board: Published, a: str, b: str) -> str:
    """The page of two models, the better one first."""
    return f"{board.folder}/compare/{slug(f'{board.files[a]}--{board.files[b]}')}.html"


def runs_page(board: Published) -> str:
    """The page of all runs. The anchor of a run is its `run_id`."""
    return f"{board.folder}/runs.html"


def samples_page(board: Published, model: str = "") -> str:
    """The list of the models whose samples are shown; with a model, its samples."""
    return f"{board.folder}/samples/{board.files[model] if model else 'index'}.html"


def data_file(board: Published, name: str, ending: str, metric: str = "") -> str:
    """A table behind a page."""
    return f"{_folder(board, metric)}/data/{slug(name)}.{ending}"


def _folder(board: Published, metric: str) -> str:
    return f"{board.folder}/metrics/{board.files[metric]}" if metric else board.folder
