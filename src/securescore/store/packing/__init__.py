"""How a snapshot becomes one small value in the database, and comes back exactly. Format 1.

A row holds a full snapshot, or the changes since the row before; a second value of the row holds the effects
that explain those changes. Everything below is all that a reader in another language needs.

**The outside.** Byte 0 is the format (1). Bytes 1 to 4 are the CRC-32 (as in zlib, big-endian) of byte 0 and of all
bytes from 5 on. From byte 5 on: MessagePack, compressed with raw deflate (RFC 1951), at most 16 MiB when opened.

**Common parts.** Structures are MessagePack arrays, in the order given here. *Gaps* are rising places in a list: how
many places were passed over before each (0, 1, 5 is 0, 0, 3). *Words* are the texts that occur, once each; a
text is told by its number, 1 for the first, 0 for no text. Ids are ordered by their UTF-8 bytes with A to Z as a to z,
then by the bytes as they are. Every number fits into 64 bits.

**A snapshot** is `[kind, proof, removed, added, ids, words, texts, figures]`:

- `kind`: `"full"` (changes since a snapshot without actions) or `"changes"` (since the row before).
- `removed`: gaps, places in the snapshot before. `added`: gaps, places in this snapshot. `ids`: of the added.
  The kept actions keep their order. An added action starts with nil in all of its fields.
- `texts`: for each field of `rows.Texts`, in that order, nil when it is unchanged, else `[gaps, numbers]`: the
  places in this snapshot where it changed, and the words that stand there now.
- `figures`: for each field of `rows.Figures` the same, with differences instead of words: added to the old figure (nil
  counts as 0), or nil when there is no figure now. Yes is 1, no is 0.
- `proof`: CRC-32 of these lines of UTF-8, joined by a line feed: each id; then, for each of `protected`, `maximum`,
  `points_rest`, `verified_rest`, the figures of all actions, joined by commas, `None` for nil.

Figures that do not stand for themselves:

- `measured_now` is 1 when the result was measured at the moment of the snapshot's evidence (a column of the row); else
  `measured_at` is in microseconds since 1970, UTC, or nil.
- `protected`, `exposed`, `unknown`, `excluded`: the coverage as credited, nil when there is none. The four `measured_`
  figures: the coverage as measured less that as credited (less nothing when there is none).
- `points_rule`, `points_rest`: the points are the rest, plus by rule 0 nothing; by rule 1 `maximum * protected / total`
  rounded half to even, total = protected + exposed + unknown; by rule 2 the maximum when protected = total, else
  nothing; where total is 0 the rest alone. No points when the rest is nil. `verified_rule` and `verified_rest`: the same with the measured coverage.

**Effects** are `["effects", proof, words, credited, verified]`. Actions are numbered from 0 through the ids of both
snapshots together, in order. `verified` has the effects only of actions where they are not those credited. Each
of the two is `[actions, patterns, which, achieved, maximum]`:

- `actions`: gaps, numbers of the actions. `which`: for each of them the pattern, counted from 0.
- `patterns`: each a list of `[cause, category]`, one an effect; both are words, category 0 is the action's own, that is
  of the later snapshot, or of the earlier where it is only in that.
- `achieved`, `maximum`: first of all effects but the last of each action, in order; then for the last of each action
  that has effects, what it is beyond the remainder. The remainder is the difference of the action's pair between the
  snapshots, less its other effects. The pair is (points, maximum), or (verified, maximum); nil counts as 0; both are 0
  when the action is not counted, has no maximum, or is not in the snapshot. `maximum` is empty when all are 0.
- `proof`: CRC-32 of the ids of both snapshots together, the sum of the achieved micropoints of all effects of
  `credited` and that of `verified`, as lines joined by a line feed.

The arithmetic above belongs to the format, not to scoring: it never changes. A new arithmetic, field or order is a
new format with a new number, and the old one stays readable.
"""

from securescore.store.packing.effects import pack_effects, unpack_effects
from securescore.store.packing.envelope import RecordError
from securescore.store.packing.records import StoredAction, StoredEffect
from securescore.store.packing.snapshots import apply_changes, pack_changes, pack_full, replay, unpack_full
from securescore.store.packing.table import ActionTable

__all__ = [
    "ActionTable",
    "RecordError",
    "StoredAction",
    "StoredEffect",
    "apply_changes",
    "pack_changes",
    "pack_effects",
    "pack_full",
    "replay",
    "unpack_effects",
    "unpack_full",
]
