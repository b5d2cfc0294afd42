"""The page that `benchsuite samples --out FILE.html` writes, in a browser."""

import numpy as np
import pandas as pd
import pytest

from benchsuite.publishing.samples import page
from benchsuite.task import Look
from tests.site.browser import SCREENS, barriers, visit, wider
from tests.site.hostile import NAMES, PWNED


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    table = pd.DataFrame({"sample_id": NAMES, "accuracy": 0.5, "colour": NAMES})
    picture = np.full((40, 60, 3), 127, dtype=np.uint8)
    looks = [(name, Look(text=name, picture=picture, key=name)) for name in NAMES]
    path = tmp_path_factory.mktemp("page") / "worst.html"
    path.write_bytes(page(NAMES[0], table, looks))
    return path


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_nothing_bars_people_from_it_and_no_name_acts(browser, written, screen):
    with visit(browser, written, screen) as opened:
        assert barriers(opened.page) == []
        assert opened.page.evaluate(f"() => typeof {PWNED.partition('=')[0]}") == "undefined"
        assert opened.trouble == []
        assert wider(opened.page) == 0
