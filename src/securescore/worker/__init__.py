"""The worker: keeps every tenant up to date by itself, on as many hosts as one likes."""
