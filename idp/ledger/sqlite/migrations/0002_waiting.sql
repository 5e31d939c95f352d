-- Who waits for a busy resource, whose change a request carries, and what in a git repository asked for it.

ALTER TABLE request ADD COLUMN carriers TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(carriers));
ALTER TABLE request ADD COLUMN source TEXT;
ALTER TABLE request ADD COLUMN waits_in TEXT CHECK (waits_in IS NULL OR (phase = 'accepted' AND verb <> 'inspect'));

DROP INDEX request_open;
CREATE UNIQUE INDEX request_open ON request (key_capability, key_team, key_name)
    WHERE phase IN ('accepted', 'dispatched', 'running', 'awaiting-approval') AND verb <> 'inspect' AND waits_in IS NULL;
CREATE UNIQUE INDEX request_waiting ON request (key_capability, key_team, key_name, waits_in) WHERE waits_in IS NOT NULL;
CREATE INDEX request_of_source ON request (key_capability, key_team, key_name, source, id) WHERE source IS NOT NULL;

CREATE TRIGGER nobody_decides_on_a_change_of_their_own BEFORE INSERT ON decision
WHEN EXISTS (
    SELECT 1 FROM request, json_each(request.carriers) AS carrier
    WHERE request.id = NEW.request AND carrier.value = lower(NEW.by))
BEGIN SELECT raise(ABORT, 'nobody decides on a change of their own'); END;

-- The kinds of history grow. SQLite changes no CHECK, so the table is made again.
CREATE TABLE history_2 (
    request  TEXT NOT NULL REFERENCES request (id),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    kind     TEXT NOT NULL CHECK (kind IN (
        'accepted', 'waiting', 'admitted', 'dispatched', 'started', 'step', 'planned', 'awaiting-approval', 'approved',
        'rejected', 'permitted', 'refused-permit', 'released-lock', 'cancelled', 'extended', 'succeeded', 'failed',
        'unlocked', 'forgotten', 'adopted', 'vanished', 'alarm')),
    at       TEXT NOT NULL,
    data     TEXT NOT NULL CHECK (json_valid(data)),
    PRIMARY KEY (request, sequence)
) STRICT, WITHOUT ROWID;

INSERT INTO history_2 SELECT request, sequence, kind, at, data FROM history;
DROP TABLE history;
ALTER TABLE history_2 RENAME TO history;

CREATE TRIGGER history_has_no_gaps BEFORE INSERT ON history
WHEN NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM history WHERE request = NEW.request), 0)
BEGIN SELECT raise(ABORT, 'history has no gaps'); END;
CREATE TRIGGER history_is_never_changed BEFORE UPDATE ON history
BEGIN SELECT raise(ABORT, 'history is never changed'); END;
CREATE TRIGGER history_is_never_removed BEFORE DELETE ON history
BEGIN SELECT raise(ABORT, 'history is never removed'); END;
