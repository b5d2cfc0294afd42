"""Datasets: one module a source, the embedded one in `mini`."""
