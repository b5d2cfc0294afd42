"""The package as an API: what `import benchsuite` offers, and what the command line calls."""
