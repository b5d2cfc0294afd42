"""The figures of a board, each a picture and its table."""

from benchsuite.publishing.site.charts.every import Charts, charts_of, spark_of

__all__ = ["Charts", "charts_of", "spark_of"]
