"""Where the datasets come from."""

from benchsuite.task import Access, Content, Origin, Part

ORIGINS = {
    "applicants-mini": Origin("generated people", "Apache-2.0", Access.INCLUDED, public=True),
    "adult": Origin("Adult's training part: incomes of 1994", "CC BY 4.0", Access.OWN,
        "https://archive.ics.uci.edu/dataset/2/adult",
        layout=(Part("adult.*", "UCI's adult.data, or adult.csv with its columns as a header"),),
        contents=(Content({"samples": 32561}, "the source's page"),)),
    "compas": Origin(
        "COMPAS: recidivism within two years in Broward County", "none stated", Access.OWN,
        "https://github.com/propublica/compas-analysis",
        layout=(Part("compas*.csv*", "ProPublica's compas-scores-two-years.csv"),),
        contents=(Content({"samples": 6172}, "ProPublica's analysis, after its filter"),)),
    "table": Origin("a table of your own", "your own", Access.OWN),
}  # fmt: skip
