"""Finds the packages: `tasks/` installs as `benchsuite_tasks`, which pyproject.toml cannot say."""

from setuptools import find_namespace_packages, setup

TASKS = [f"benchsuite_{name}" for name in find_namespace_packages(include=["tasks", "tasks.*"])]

setup(
    packages=[*find_namespace_packages(include=["benchsuite", "benchsuite.*"]), *TASKS],
    package_dir={"benchsuite": "benchsuite", "benchsuite_tasks": "tasks"},
)
