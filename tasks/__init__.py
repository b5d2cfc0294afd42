"""The task plugins that come with benchsuite, one folder each."""
