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
