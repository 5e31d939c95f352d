-- Hooks of git repositories. No secret is here: each is derived from the installation's key and the generation.

CREATE TABLE hook (
    team       text COLLATE "C" NOT NULL,
    repository text COLLATE "C" NOT NULL,
    generation bigint NOT NULL CHECK (generation > 0),
    shown_by   text NOT NULL,
    shown_at   timestamptz NOT NULL,
    PRIMARY KEY (repository, team)
);

-- Neither an id nor a body is taken twice: not every forge signs the id.
CREATE TABLE delivery (
    forge       text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    repository  text COLLATE "C" NOT NULL,
    body_sha256 text COLLATE "C" NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (forge, repository, id),
    UNIQUE (forge, repository, body_sha256)
);

-- Heads from which nothing followed, as no file was touched that the placement follows: they are not missed.
CREATE TABLE skipped (
    capability   text COLLATE "C" NOT NULL,
    team         text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    source       text COLLATE "C" NOT NULL,
    commit_id    text NOT NULL,
    after_request text NOT NULL,
    PRIMARY KEY (capability, team, name, source)
);

-- What git servers must still be told of requests.
CREATE TABLE report (
    request      text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES request (id),
    attempts     bigint NOT NULL CHECK (attempts >= 0),
    next_at      timestamptz NOT NULL,
    leased_until timestamptz
);

CREATE INDEX report_due ON report (next_at);
