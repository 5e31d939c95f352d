-- Hooks of git repositories. No secret is here: each is derived from the installation's key and the generation.

CREATE TABLE hook (
    team       TEXT NOT NULL,
    repository TEXT NOT NULL,
    generation INTEGER NOT NULL CHECK (generation > 0),
    shown_by   TEXT NOT NULL,
    shown_at   TEXT NOT NULL,
    PRIMARY KEY (repository, team)
) STRICT, WITHOUT ROWID;

-- Neither an id nor a body is taken twice: not every forge signs the id.
CREATE TABLE delivery (
    forge       TEXT NOT NULL,
    id          TEXT NOT NULL,
    repository  TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    at          TEXT NOT NULL,
    PRIMARY KEY (forge, repository, id),
    UNIQUE (forge, repository, body_sha256)
) STRICT, WITHOUT ROWID;

-- Heads from which nothing followed, as no file was touched that the placement follows: they are not missed.
CREATE TABLE skipped (
    capability   TEXT NOT NULL,
    team         TEXT NOT NULL,
    name         TEXT NOT NULL,
    source       TEXT NOT NULL,
    commit_id    TEXT NOT NULL,
    after_request TEXT NOT NULL,
    PRIMARY KEY (capability, team, name, source)
) STRICT, WITHOUT ROWID;

-- What git servers must still be told of requests.
CREATE TABLE report (
    request      TEXT NOT NULL PRIMARY KEY REFERENCES request (id),
    attempts     INTEGER NOT NULL CHECK (attempts >= 0),
    next_at      TEXT NOT NULL,
    leased_until TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX report_due ON report (next_at);
