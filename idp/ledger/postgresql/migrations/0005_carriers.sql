-- What else those who decide are called, so that the rule about carriers of a change holds for that too.

ALTER TABLE decision ADD COLUMN known_as json NOT NULL DEFAULT '[]';

CREATE OR REPLACE FUNCTION nobody_decides_on_a_change_of_their_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM request, json_array_elements_text(request.carriers) AS carrier
        WHERE request.id = NEW.request
            AND (carrier = lower(NEW."by") OR carrier IN (SELECT json_array_elements_text(NEW.known_as))))
    THEN
        RAISE EXCEPTION 'nobody decides on a change of their own' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
