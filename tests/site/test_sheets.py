"""Pages of samples in a browser: pictures, words and hostile names."""

from dataclasses import replace

import pytest

from benchsuite.dataset import Sample, in_memory
from tests.publishing.site.sampled import DRAWN, board_of, in_words, texts
from tests.site.browser import SCREENS, barriers, visit, wider
from tests.site.hostile import NAMES, PWNED
from tests.toys import Linear, install


@pytest.fixture(scope="module", params=["pictures", "words"])
def folder(request, tmp_path_factory):
    """A list of samples and the page of a model, whose samples and groups have hostile names."""
    task = DRAWN if request.param == "pictures" else replace(DRAWN, look=in_words)
    root = tmp_path_factory.mktemp("samples")
    samples = [
        Sample(name, {"x": float(i)}, None, {"a": NAMES[i % 2]}) for i, name in enumerate(NAMES)
    ]
    data = in_memory("numbers", samples)
    with pytest.MonkeyPatch.context() as patch:
        install(patch, task)
        board = board_of(root / "results", task, data, Linear())
        texts(board, root / "site", data)
    return root / "site" / board.folder / "samples"


@pytest.mark.parametrize("screen", SCREENS, ids=str)
@pytest.mark.parametrize("name", ["index.html", "linear.html"])
def test_nothing_bars_people_from_samples_and_no_name_acts(browser, folder, name, screen):
    with visit(browser, folder / name, screen) as opened:
        opened.page.evaluate(
            "() => document.querySelectorAll('details').forEach(d => d.open = true)"
        )
        assert barriers(opened.page) == []
        assert opened.page.evaluate(f"() => typeof {PWNED.partition('=')[0]}") == "undefined"
        assert opened.trouble == []
        assert wider(opened.page) == 0


def test_every_picture_is_seen_at_192_pixels_or_two_beside_each_other(browser, folder):
    for screen, least in zip(SCREENS, (192, 150), strict=True):
        with visit(browser, folder / "linear.html", screen) as opened:
            widths = opened.page.evaluate("() => [...document.images].map(one => one.width)")
            assert all(least <= width <= 224 for width in widths)
            shown = opened.page.evaluate(
                "() => [...document.images].every(one => one.naturalWidth)"
            )
            assert shown
