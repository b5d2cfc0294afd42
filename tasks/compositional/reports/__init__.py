"""Figures and tables, made by `benchsuite report NAME RUN...`."""
