-- Who waits for a busy resource, whose change a request carries, and what in a git repository asked for it.

ALTER TABLE request
    ADD COLUMN carriers json NOT NULL DEFAULT '[]',
    ADD COLUMN source   text COLLATE "C",
    ADD COLUMN waits_in text COLLATE "C" CHECK (waits_in IS NULL OR (phase = 'accepted' AND verb <> 'inspect'));

DROP INDEX request_open;
CREATE UNIQUE INDEX request_open ON request (key_capability, key_team, key_name)
    WHERE phase IN ('accepted', 'dispatched', 'running', 'awaiting-approval') AND verb <> 'inspect' AND waits_in IS NULL;
CREATE UNIQUE INDEX request_waiting ON request (key_capability, key_team, key_name, waits_in) WHERE waits_in IS NOT NULL;
CREATE INDEX request_of_source ON request (key_capability, key_team, key_name, source, id) WHERE source IS NOT NULL;

CREATE FUNCTION nobody_decides_on_a_change_of_their_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM request, json_array_elements_text(request.carriers) AS carrier
        WHERE request.id = NEW.request AND carrier = lower(NEW."by"))
    THEN
        RAISE EXCEPTION 'nobody decides on a change of their own' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER nobody_decides_on_a_change_of_their_own BEFORE INSERT ON decision
    FOR EACH ROW EXECUTE FUNCTION nobody_decides_on_a_change_of_their_own();

ALTER TABLE history DROP CONSTRAINT history_kind_check;
ALTER TABLE history ADD CONSTRAINT history_kind_check CHECK (kind IN (
    'accepted', 'waiting', 'admitted', 'dispatched', 'started', 'step', 'planned', 'awaiting-approval', 'approved',
    'rejected', 'permitted', 'refused-permit', 'released-lock', 'cancelled', 'extended', 'succeeded', 'failed',
    'unlocked', 'forgotten', 'adopted', 'vanished', 'alarm'));
