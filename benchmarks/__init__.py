"""Benchmarks: whole processes, several runs, medians, beside a limit measured in the same run."""
