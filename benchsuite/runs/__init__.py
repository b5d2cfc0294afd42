"""Runs: plan, evaluate, store, and read again what was measured of one model on one dataset."""
