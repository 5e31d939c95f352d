-- What else those who decide are called, so that the rule about carriers of a change holds for that too.

ALTER TABLE decision ADD COLUMN known_as TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(known_as));

DROP TRIGGER nobody_decides_on_a_change_of_their_own;
CREATE TRIGGER nobody_decides_on_a_change_of_their_own BEFORE INSERT ON decision
WHEN EXISTS (
    SELECT 1 FROM request, json_each(request.carriers) AS carrier
    WHERE request.id = NEW.request
        AND (carrier.value = lower(NEW.by) OR carrier.value IN (SELECT value FROM json_each(NEW.known_as))))
BEGIN SELECT raise(ABORT, 'nobody decides on a change of their own'); END;
