-- The first schema: sessions, their conversations and turns, and what is derived from them.
--
-- Columns ending in _sealed hold envelopes sealed before they reach SQLite. In clear are ids (UUIDv7, 16 bytes),
-- instants (*_at, unix milliseconds UTC), ordinals, statuses and counts; they are authenticated with the sealed
-- values of their row, or by row_mac where they change without resealing.

CREATE TABLE profile (
  one          INTEGER PRIMARY KEY CHECK (one = 1),
  profile_id   BLOB NOT NULL CHECK (length(profile_id) = 16), -- the keys file must carry the same
  created_at   INTEGER NOT NULL
) STRICT;

-- Listed whole and sorted then: an index on last_active_at would be written with every turn and read by no query.
CREATE TABLE sessions (
  session_id          BLOB NOT NULL PRIMARY KEY CHECK (length(session_id) = 16),
  created_at          INTEGER NOT NULL,
  last_active_at      INTEGER NOT NULL,
  status              TEXT NOT NULL CHECK (status IN ('active', 'archived', 'expired')),
  pinned              INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
  conversation_count  INTEGER NOT NULL DEFAULT 0 CHECK (conversation_count >= 0),
  title_sealed        BLOB NOT NULL,
  preferences_sealed  BLOB NOT NULL,
  row_mac             BLOB NOT NULL CHECK (length(row_mac) = 32)
) STRICT;

CREATE TABLE conversations (
  conversation_id   BLOB NOT NULL PRIMARY KEY CHECK (length(conversation_id) = 16),
  session_id        BLOB NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
  branch_of         BLOB,                                      -- the conversation whose directive was edited
  created_at        INTEGER NOT NULL,
  status            TEXT NOT NULL CHECK (status IN ('active', 'completed', 'archived')),
  turn_count        INTEGER NOT NULL DEFAULT 0 CHECK (turn_count >= 0),
  chain             BLOB NOT NULL CHECK (length(chain) = 32),  -- runs over the turns in order: a missing one is noticed
  directive_sealed  BLOB NOT NULL,
  row_mac           BLOB NOT NULL CHECK (length(row_mac) = 32)
) STRICT;
CREATE INDEX conversations_by_session ON conversations (session_id, created_at);

CREATE TABLE turns (
  turn_id          BLOB NOT NULL PRIMARY KEY CHECK (length(turn_id) = 16),
  session_id       BLOB NOT NULL,                              -- repeats the conversation's, so that a turn alone can be opened
  conversation_id  BLOB NOT NULL REFERENCES conversations (conversation_id) ON DELETE CASCADE,
  turn_number      INTEGER NOT NULL CHECK (turn_number >= 1),
  agent            TEXT NOT NULL CHECK (agent IN ('wykeve', 'beatrice', 'codey')),
  status           TEXT NOT NULL CHECK (status IN ('complete', 'truncated', 'interrupted')),
  created_at       INTEGER NOT NULL,
  speaker_sealed   BLOB,
  content_sealed   BLOB NOT NULL,
  metadata_sealed  BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX turns_by_conversation ON turns (conversation_id, turn_number);

CREATE TABLE agent_states (
  state_id      BLOB NOT NULL PRIMARY KEY CHECK (length(state_id) = 16),
  session_id    BLOB NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
  agent         TEXT NOT NULL CHECK (agent IN ('wykeve', 'beatrice', 'codey')),
  updated_at    INTEGER NOT NULL,
  state_sealed  BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX agent_states_by_session ON agent_states (session_id, agent);

CREATE TABLE context_summaries (
  summary_id          BLOB NOT NULL PRIMARY KEY CHECK (length(summary_id) = 16),
  session_id          BLOB NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
  conversation_count  INTEGER NOT NULL,
  created_at          INTEGER NOT NULL,
  updated_at          INTEGER NOT NULL,
  summary_sealed      BLOB NOT NULL
) STRICT;
CREATE INDEX context_summaries_by_session ON context_summaries (session_id, created_at DESC);

CREATE TABLE receipts (
  receipt_id      BLOB NOT NULL PRIMARY KEY CHECK (length(receipt_id) = 16),
  session_id      BLOB NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
  turn_id         BLOB NOT NULL UNIQUE REFERENCES turns (turn_id) ON DELETE CASCADE,
  created_at      INTEGER NOT NULL,
  receipt_sealed  BLOB NOT NULL
) STRICT;
CREATE INDEX receipts_by_session ON receipts (session_id);

-- A running step's text so far, in pieces, so that saving what is new does not write again what was saved.
CREATE TABLE drafts (
  turn_id          BLOB NOT NULL CHECK (length(turn_id) = 16), -- the id the finished turn will have
  piece            INTEGER NOT NULL CHECK (piece >= 0),
  session_id       BLOB NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
  conversation_id  BLOB NOT NULL REFERENCES conversations (conversation_id) ON DELETE CASCADE,
  started_at       INTEGER NOT NULL,
  saved_at         INTEGER NOT NULL,
  draft_sealed     BLOB NOT NULL,
  PRIMARY KEY (turn_id, piece)
) STRICT;
CREATE INDEX drafts_by_conversation ON drafts (conversation_id);
CREATE INDEX drafts_by_session ON drafts (session_id);

-- What an agent may have learned; only accepted patterns reach a prompt.
CREATE TABLE patterns (
  pattern_id      BLOB NOT NULL PRIMARY KEY CHECK (length(pattern_id) = 16),
  session_id      BLOB NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
  agent           TEXT NOT NULL CHECK (agent IN ('wykeve', 'beatrice', 'codey')),
  status          TEXT NOT NULL CHECK (status IN ('proposed', 'accepted', 'rejected')),
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  pattern_sealed  BLOB NOT NULL
) STRICT;
CREATE INDEX patterns_by_session ON patterns (session_id, agent, status);

-- Snapshots of the search index, one partition per session, in segments; rebuilt from the turns when damaged.
CREATE TABLE index_partitions (
  session_id        BLOB NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
  segment           INTEGER NOT NULL CHECK (segment >= 0),
  updated_at        INTEGER NOT NULL,
  partition_sealed  BLOB NOT NULL,
  PRIMARY KEY (session_id, segment)
) STRICT, WITHOUT ROWID;

-- Every memory operation, numbered without gaps; mac chains each row to the one before.
CREATE TABLE audit (
  audit_id       INTEGER PRIMARY KEY,
  at             INTEGER NOT NULL,
  actor          TEXT NOT NULL,
  action         TEXT NOT NULL,
  entity         TEXT NOT NULL,
  entity_id      BLOB,
  detail_sealed  BLOB,
  mac            BLOB NOT NULL CHECK (length(mac) = 32)
) STRICT;

CREATE TABLE settings (
  name          TEXT NOT NULL PRIMARY KEY,
  updated_at    INTEGER NOT NULL,
  value_sealed  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Sessions whose deletion was begun: their key goes first, then their rows; taken up again at start.
CREATE TABLE pending_deletions (
  session_id    BLOB NOT NULL PRIMARY KEY CHECK (length(session_id) = 16),
  requested_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
