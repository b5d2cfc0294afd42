"""Reports: tables and figures from runs."""
