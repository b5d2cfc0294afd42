"""Datasets: files of sentence pairs, and a small generated set."""
