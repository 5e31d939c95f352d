-- Pull requests whose applications are to be seen: what is wanted of each. A closed one stays known, so that a hook that
-- comes late does not bring it back.

CREATE TABLE preview (
    team        TEXT NOT NULL,
    application TEXT NOT NULL,
    number      INTEGER NOT NULL CHECK (number > 0),
    commit_id   TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'closed', 'gone')),
    PRIMARY KEY (team, application, number)
) STRICT, WITHOUT ROWID;
