"""Where the datasets come from."""

from typing import Final

from benchsuite.task import Access, Content, Origin, Part

ORIGINS: Final = {
    "insurance-mini": Origin("generated people", "Apache-2.0", Access.INCLUDED, public=True),
    "insurance": Origin(
        "medical charges of 1,338 people", "public domain, it says", Access.OWN,
        "https://github.com/stedy/Machine-Learning-with-R-datasets",
        layout=(Part("insurance.csv*", "age, sex, bmi, children, smoker, region, charges"),),
        contents=(Content({"samples": 1338, "smoker=yes": 274}, "the source's file"),)),
    "adult": Origin(
        "Adult, the training part: incomes of 32,561 people", "CC BY 4.0", Access.OWN,
        "https://archive.ics.uci.edu/dataset/2/adult",
        layout=(Part("adult.*", "UCI's adult.data, or adult.csv with its columns as a header"),),
        contents=(Content({"samples": 32561}, "the source's page"),)),
    "table": Origin("a table of your own", "your own", Access.OWN),
}  # fmt: skip
