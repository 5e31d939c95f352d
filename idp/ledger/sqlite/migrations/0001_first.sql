-- Times are UTC text of one width (2026-01-31T12:00:00.000000+00:00), so that they sort as text. JSON is ASCII text.

CREATE TABLE resource (
    capability   TEXT NOT NULL,
    team         TEXT NOT NULL,
    name         TEXT NOT NULL,
    stage        TEXT NOT NULL,
    owner        TEXT NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('provisioning', 'ready', 'changing', 'failed', 'removing', 'removed', 'drifted')),
    was          TEXT NOT NULL CHECK (was IN ('provisioning', 'ready', 'changing', 'failed', 'removing', 'removed', 'drifted')),
    generation   INTEGER NOT NULL CHECK (generation > 0),
    spec         TEXT NOT NULL CHECK (json_valid(spec)),
    applied_spec TEXT CHECK (applied_spec IS NULL OR json_valid(applied_spec)),
    outputs      TEXT NOT NULL CHECK (json_valid(outputs)),
    environment  TEXT,
    expires_at   TEXT,
    open_request TEXT REFERENCES request (id),
    created_at   TEXT NOT NULL,
    updated_at   TEXT NOT NULL,
    PRIMARY KEY (capability, team, name),
    CHECK (status <> 'removed' OR (open_request IS NULL AND expires_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX resource_expiring ON resource (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX resource_inhabiting ON resource (team, environment) WHERE environment IS NOT NULL;

CREATE TABLE request (
    id              TEXT NOT NULL PRIMARY KEY,
    run             TEXT NOT NULL UNIQUE,
    capability      TEXT NOT NULL,
    verb            TEXT NOT NULL CHECK (verb IN ('provision', 'deprovision', 'inspect', 'perform')),
    key_capability  TEXT NOT NULL,
    key_team        TEXT NOT NULL,
    key_name        TEXT NOT NULL,
    stage           TEXT NOT NULL,
    requester       TEXT NOT NULL,
    approval        TEXT NOT NULL CHECK (approval IN ('none', 'required')),
    approver_role   TEXT,
    rule            TEXT NOT NULL,
    spec            TEXT NOT NULL CHECK (json_valid(spec)),
    created_at      TEXT NOT NULL,
    traceparent     TEXT NOT NULL,
    idempotency_key TEXT,
    body_sha256     TEXT NOT NULL,
    retry_of        TEXT REFERENCES request (id),
    phase           TEXT NOT NULL CHECK (phase IN (
        'accepted', 'dispatched', 'running', 'awaiting-approval', 'succeeded', 'failed', 'cancelled', 'rejected')),
    run_uid         TEXT,
    permitted       INTEGER NOT NULL CHECK (permitted IN (0, 1)),
    changes         INTEGER CHECK (changes >= 0),
    digest          TEXT,
    summary         TEXT CHECK (summary IS NULL OR json_valid(summary)),
    approved_digest TEXT,
    outputs         TEXT CHECK (outputs IS NULL OR json_valid(outputs)),
    message         TEXT NOT NULL,
    finished_at     TEXT,
    UNIQUE (requester, idempotency_key),
    UNIQUE (id, requester),
    FOREIGN KEY (key_capability, key_team, key_name) REFERENCES resource (capability, team, name),
    CHECK (permitted = 0 OR run_uid IS NOT NULL),
    CHECK ((finished_at IS NULL) = (phase IN ('accepted', 'dispatched', 'running', 'awaiting-approval')))
) STRICT;

CREATE UNIQUE INDEX request_open ON request (key_capability, key_team, key_name)
    WHERE phase IN ('accepted', 'dispatched', 'running', 'awaiting-approval') AND verb <> 'inspect';
CREATE INDEX request_unfinished ON request (id) WHERE finished_at IS NULL;
CREATE INDEX request_of_resource ON request (key_capability, key_team, key_name, id);
CREATE INDEX request_of_team ON request (key_team, id);
CREATE INDEX request_of_capability ON request (capability, id);

CREATE TABLE decision (
    sequence  INTEGER PRIMARY KEY AUTOINCREMENT,
    request   TEXT NOT NULL,
    requester TEXT NOT NULL,
    by        TEXT NOT NULL,
    verdict   TEXT NOT NULL CHECK (verdict IN ('approve', 'reject')),
    digest    TEXT NOT NULL,
    comment   TEXT NOT NULL,
    at        TEXT NOT NULL,
    FOREIGN KEY (request, requester) REFERENCES request (id, requester),
    CONSTRAINT nobody_decides_on_a_request_of_their_own CHECK (by <> requester)
) STRICT;

CREATE INDEX decision_of_request ON decision (request, sequence);

CREATE TABLE history (
    request  TEXT NOT NULL REFERENCES request (id),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    kind     TEXT NOT NULL CHECK (kind IN (
        'accepted', 'dispatched', 'started', 'step', 'planned', 'awaiting-approval', 'approved', 'rejected', 'permitted',
        'refused-permit', 'released-lock', 'cancelled', 'extended', 'succeeded', 'failed',
        'unlocked', 'forgotten', 'adopted', 'vanished', 'alarm')),
    at       TEXT NOT NULL,
    data     TEXT NOT NULL CHECK (json_valid(data)),
    PRIMARY KEY (request, sequence)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER history_has_no_gaps BEFORE INSERT ON history
WHEN NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM history WHERE request = NEW.request), 0)
BEGIN SELECT raise(ABORT, 'history has no gaps'); END;
CREATE TRIGGER history_is_never_changed BEFORE UPDATE ON history
BEGIN SELECT raise(ABORT, 'history is never changed'); END;
CREATE TRIGGER history_is_never_removed BEFORE DELETE ON history
BEGIN SELECT raise(ABORT, 'history is never removed'); END;
CREATE TRIGGER decision_is_never_changed BEFORE UPDATE ON decision
BEGIN SELECT raise(ABORT, 'a decision is never changed'); END;
CREATE TRIGGER decision_is_never_removed BEFORE DELETE ON decision
BEGIN SELECT raise(ABORT, 'a decision is never removed'); END;

CREATE TABLE outbox (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    request      TEXT NOT NULL REFERENCES request (id),
    action       TEXT NOT NULL CHECK (action IN ('publish', 'resume', 'stop')),
    lane         TEXT NOT NULL,
    attempts     INTEGER NOT NULL CHECK (attempts >= 0),
    next_at      TEXT NOT NULL,
    leased_until TEXT,
    since        TEXT NOT NULL,
    UNIQUE (request, action)
) STRICT;

CREATE INDEX outbox_due ON outbox (next_at);

-- What /readyz writes to prove that writing works.
CREATE TABLE proof (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at  TEXT NOT NULL
) STRICT;
