"""Scoring: arithmetic without I/O and without a clock.

`points` (what an action earns), `credit` (verified and credited of one action), `standing` (which result stands
when evidence is missing), `totals` (score, views, categories), `ranking` (what to do next), `change`,
`flows` and `explain` (why one action moved), `account` (why a score moved).

Exact fractions throughout; rounded once per action, half to even, to integer micropoints. Every total and every
cause is a sum of these integers.
"""
