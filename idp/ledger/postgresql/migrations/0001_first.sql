-- Identifiers sort byte by byte (COLLATE "C"), as in every store. JSON is `json`, kept letter by letter: `jsonb` refuses
-- \u0000 and lone surrogates, which a request may carry.

CREATE TABLE resource (
    capability   text COLLATE "C" NOT NULL,
    team         text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    stage        text NOT NULL,
    owner        text NOT NULL,
    status       text NOT NULL CHECK (status IN ('provisioning', 'ready', 'changing', 'failed', 'removing', 'removed', 'drifted')),
    was          text NOT NULL CHECK (was IN ('provisioning', 'ready', 'changing', 'failed', 'removing', 'removed', 'drifted')),
    generation   bigint NOT NULL CHECK (generation > 0),
    spec         json NOT NULL,
    applied_spec json,
    outputs      json NOT NULL,
    environment  text COLLATE "C",
    expires_at   timestamptz,
    open_request text COLLATE "C",
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (capability, team, name),
    CHECK (status <> 'removed' OR (open_request IS NULL AND expires_at IS NULL))
);

CREATE INDEX resource_expiring ON resource (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX resource_inhabiting ON resource (team, environment) WHERE environment IS NOT NULL;

CREATE TABLE request (
    id              text COLLATE "C" PRIMARY KEY,
    run             text NOT NULL UNIQUE,
    capability      text COLLATE "C" NOT NULL,
    verb            text NOT NULL CHECK (verb IN ('provision', 'deprovision', 'inspect', 'perform')),
    key_capability  text COLLATE "C" NOT NULL,
    key_team        text COLLATE "C" NOT NULL,
    key_name        text COLLATE "C" NOT NULL,
    stage           text NOT NULL,
    requester       text NOT NULL,
    approval        text NOT NULL CHECK (approval IN ('none', 'required')),
    approver_role   text,
    rule            text NOT NULL,
    spec            json NOT NULL,
    created_at      timestamptz NOT NULL,
    traceparent     text NOT NULL,
    idempotency_key text,
    body_sha256     text NOT NULL,
    retry_of        text COLLATE "C" REFERENCES request (id),
    phase           text NOT NULL CHECK (phase IN (
        'accepted', 'dispatched', 'running', 'awaiting-approval', 'succeeded', 'failed', 'cancelled', 'rejected')),
    run_uid         text,
    permitted       boolean NOT NULL,
    changes         bigint CHECK (changes >= 0),
    digest          text,
    summary         json,
    approved_digest text,
    outputs         json,
    message         text NOT NULL,
    finished_at     timestamptz,
    UNIQUE (requester, idempotency_key),
    UNIQUE (id, requester),
    FOREIGN KEY (key_capability, key_team, key_name) REFERENCES resource (capability, team, name),
    CHECK (NOT permitted OR run_uid IS NOT NULL),
    CHECK ((finished_at IS NULL) = (phase IN ('accepted', 'dispatched', 'running', 'awaiting-approval')))
);

CREATE UNIQUE INDEX request_open ON request (key_capability, key_team, key_name)
    WHERE phase IN ('accepted', 'dispatched', 'running', 'awaiting-approval') AND verb <> 'inspect';
CREATE INDEX request_unfinished ON request (id) WHERE finished_at IS NULL;
CREATE INDEX request_of_resource ON request (key_capability, key_team, key_name, id);
CREATE INDEX request_of_team ON request (key_team, id);
CREATE INDEX request_of_capability ON request (capability, id);

-- The two refer to each other, so one reference waits for the end of the transaction.
ALTER TABLE resource ADD FOREIGN KEY (open_request) REFERENCES request (id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE decision (
    sequence  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request   text COLLATE "C" NOT NULL,
    requester text NOT NULL,
    by        text NOT NULL,
    verdict   text NOT NULL CHECK (verdict IN ('approve', 'reject')),
    digest    text NOT NULL,
    comment   text NOT NULL,
    at        timestamptz NOT NULL,
    FOREIGN KEY (request, requester) REFERENCES request (id, requester),
    CONSTRAINT nobody_decides_on_a_request_of_their_own CHECK (by <> requester)
);

CREATE INDEX decision_of_request ON decision (request, sequence);

CREATE TABLE history (
    request  text COLLATE "C" NOT NULL REFERENCES request (id),
    sequence bigint NOT NULL CHECK (sequence > 0),
    kind     text NOT NULL CHECK (kind IN (
        'accepted', 'dispatched', 'started', 'step', 'planned', 'awaiting-approval', 'approved', 'rejected', 'permitted',
        'refused-permit', 'released-lock', 'cancelled', 'extended', 'succeeded', 'failed',
        'unlocked', 'forgotten', 'adopted', 'vanished', 'alarm')),
    at       timestamptz NOT NULL,
    data     json NOT NULL,
    PRIMARY KEY (request, sequence)
);

CREATE FUNCTION history_has_no_gaps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM history WHERE request = NEW.request), 0) THEN
        RAISE EXCEPTION 'history has no gaps' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed or removed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER history_has_no_gaps BEFORE INSERT ON history FOR EACH ROW EXECUTE FUNCTION history_has_no_gaps();
CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON history EXECUTE FUNCTION is_final();
CREATE TRIGGER decision_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON decision EXECUTE FUNCTION is_final();

CREATE TABLE outbox (
    sequence     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request      text COLLATE "C" NOT NULL REFERENCES request (id),
    action       text NOT NULL CHECK (action IN ('publish', 'resume', 'stop')),
    lane         text COLLATE "C" NOT NULL,
    attempts     bigint NOT NULL CHECK (attempts >= 0),
    next_at      timestamptz NOT NULL,
    leased_by    text,
    leased_until timestamptz,
    since        timestamptz NOT NULL,
    UNIQUE (request, action),
    CHECK ((leased_by IS NULL) = (leased_until IS NULL))
);

CREATE INDEX outbox_due ON outbox (next_at);

-- What /readyz writes to prove that writing works.
CREATE TABLE proof (
    one integer PRIMARY KEY CHECK (one = 1),
    at  timestamptz NOT NULL
);
