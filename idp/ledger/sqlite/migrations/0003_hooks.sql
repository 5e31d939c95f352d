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
