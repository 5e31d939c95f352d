-- Pull requests whose applications are to be seen: what is wanted of each. A closed one stays known, so that a hook that
-- comes late does not bring it back.

CREATE TABLE preview (
    team        text COLLATE "C" NOT NULL,
    application text COLLATE "C" NOT NULL,
    number      bigint NOT NULL CHECK (number > 0),
    commit_id   text NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'closed', 'gone')),
    PRIMARY KEY (team, application, number)
);
