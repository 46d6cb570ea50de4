"""Services: the use cases, and the only place that decides who may do what.

Each takes an `Actor` and asks it for the right before it does anything. Web, API, command line and workers call them.
"""
