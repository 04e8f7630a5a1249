-- For the constraints below. Trusted: the owner of the database may, superuser or not.
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA callcenter;

-- People.
CREATE TABLE callcenter.person (
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    sort_key text NOT NULL,
    phones text [] NOT NULL,
    roles text [] NOT NULL,
    active_from date,
    active_until date,
    at timestamptz NOT NULL DEFAULT now(),
    author text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (id, version)
);

COMMENT ON TABLE callcenter.person IS
'Every person as ever written; the highest version is in force. Nobody is ever removed.';

COMMENT ON COLUMN callcenter.person.active_until IS 'The last day; null: until further notice.';

-- The roster as planned.
CREATE TABLE callcenter.roster_version (
    version bigint PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    author text NOT NULL,
    reason text NOT NULL,
    added integer NOT NULL,
    kept integer NOT NULL,
    withdrawn integer NOT NULL
);

COMMENT ON TABLE callcenter.roster_version IS 'What was published, without holes from 1.';

CREATE TABLE callcenter.roster_window (
    version bigint NOT NULL REFERENCES callcenter.roster_version,
    hotline text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (version, hotline, starts_at)
);

COMMENT ON TABLE callcenter.roster_window IS
'What a version spoke for: the shifts of a hotline that start in it.';

CREATE INDEX roster_window_by_hotline ON callcenter.roster_window (hotline, version);

CREATE TABLE callcenter.shift (
    id text COLLATE "C" PRIMARY KEY,
    hotline text NOT NULL,
    role text NOT NULL,
    seat smallint NOT NULL,
    person text COLLATE "C" NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    during tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(starts_at, ends_at)) STORED,
    CONSTRAINT shift_has_length CHECK (starts_at < ends_at)
);

COMMENT ON TABLE callcenter.shift IS
'One seat of one hotline as planned for one person. Never changed and never removed: calls name it.';

COMMENT ON COLUMN callcenter.shift.id IS 'A digest of the other columns: whoever writes it makes the same.';

CREATE INDEX shift_by_time ON callcenter.shift USING gist (during);

CREATE TABLE callcenter.shift_spell (
    shift_id text COLLATE "C" NOT NULL REFERENCES callcenter.shift,
    added_in bigint NOT NULL REFERENCES callcenter.roster_version,
    withdrawn_in bigint REFERENCES callcenter.roster_version,
    PRIMARY KEY (shift_id, added_in)
);

COMMENT ON TABLE callcenter.shift_spell IS
'From which version until before which a shift was planned. withdrawn_in null: it is.';

CREATE UNIQUE INDEX shift_planned ON callcenter.shift_spell (shift_id)
WHERE withdrawn_in IS NULL;

-- Requests to change it.
CREATE TABLE callcenter.change (
    id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    state text NOT NULL,
    asked_by text COLLATE "C" NOT NULL,
    other text COLLATE "C",
    reason text NOT NULL,
    asked_at timestamptz NOT NULL,
    agreed_at timestamptz,
    decided_by text COLLATE "C",
    decided_at timestamptz,
    decision_note text NOT NULL,
    number bigint NOT NULL DEFAULT 0
);

COMMENT ON TABLE callcenter.change IS 'Swaps, leave, take-overs and edits. Only what is approved is in force.';

COMMENT ON COLUMN callcenter.change.number IS
'Order of coming into force; a later one is laid over an earlier one. 0: never came into force.';

CREATE UNIQUE INDEX change_in_force ON callcenter.change (number)
WHERE number > 0;

CREATE INDEX change_by_asker ON callcenter.change (asked_by, asked_at);

CREATE INDEX change_by_time ON callcenter.change (asked_at);

CREATE INDEX change_pending ON callcenter.change (asked_at)
WHERE state IN ('asked', 'agreed');

CREATE TABLE callcenter.change_move (
    change_id text COLLATE "C" NOT NULL REFERENCES callcenter.change,
    n smallint NOT NULL,
    shift_id text COLLATE "C" NOT NULL REFERENCES callcenter.shift,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    giver text COLLATE "C" NOT NULL,
    taker text COLLATE "C" NOT NULL,
    dropped_in bigint REFERENCES callcenter.roster_version,
    PRIMARY KEY (change_id, n)
);

COMMENT ON COLUMN callcenter.change_move.dropped_in IS
'The version that withdrew its shift from under an approved change.';

CREATE INDEX change_move_by_shift ON callcenter.change_move (shift_id);

CREATE TABLE callcenter.change_step (
    change_id text COLLATE "C" NOT NULL REFERENCES callcenter.change,
    n integer NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL,
    person text COLLATE "C",
    note text NOT NULL,
    PRIMARY KEY (change_id, n)
);

COMMENT ON TABLE callcenter.change_step IS
'What became of a change, step by step. person null: nobody did it, the roster or the time did.';

-- Who effectively holds what. All of it can be made again from shifts and changes.
CREATE TABLE callcenter.assignment (
    shift_id text COLLATE "C" NOT NULL REFERENCES callcenter.shift,
    hotline text NOT NULL,
    role text NOT NULL,
    seat smallint NOT NULL,
    person text COLLATE "C" NOT NULL,
    planned text COLLATE "C" NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    duty_starts_at timestamptz NOT NULL,
    duty_ends_at timestamptz NOT NULL,
    during tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(starts_at, ends_at)) STORED,
    PRIMARY KEY (shift_id, starts_at),
    CONSTRAINT assignment_has_length CHECK (starts_at < ends_at),
    CONSTRAINT assignment_within_duty CHECK (duty_starts_at <= starts_at AND ends_at <= duty_ends_at),
    CONSTRAINT assignment_one_holder EXCLUDE USING gist (
        hotline WITH =, role WITH =, seat WITH =, during WITH &&
    ) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT assignment_one_seat_each EXCLUDE USING gist (
        person WITH =, hotline WITH =, role WITH =, during WITH &&
    ) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT assignment_one_place_by_start EXCLUDE USING gist (
        person WITH =, during WITH &&, duty_starts_at WITH <>
    ) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT assignment_one_place_by_end EXCLUDE USING gist (
        person WITH =, during WITH &&, duty_ends_at WITH <>
    ) DEFERRABLE INITIALLY DEFERRED
);

COMMENT ON TABLE callcenter.assignment IS
'Who holds which stretch of which planned shift, after every approved change.';

COMMENT ON COLUMN callcenter.assignment.duty_starts_at IS
'The duty that it is part of: the whole shift for whom it was planned, the covered stretch for a cover.'
' Somebody''s assignments that overlap must be of one duty, e.g. of one night over several hotlines.';

CREATE INDEX assignment_by_time ON callcenter.assignment USING gist (during);

-- What the service may do: plan and withdraw, never unwrite.
GRANT SELECT
ON callcenter.person,
callcenter.roster_version,
callcenter.roster_window,
callcenter.shift,
callcenter.shift_spell,
callcenter.change,
callcenter.change_move,
callcenter.change_step,
callcenter.assignment
TO callcenter_service;

GRANT INSERT
ON callcenter.person,
callcenter.roster_version,
callcenter.roster_window,
callcenter.shift,
callcenter.shift_spell,
callcenter.change,
callcenter.change_move,
callcenter.change_step
TO callcenter_service;

GRANT UPDATE (withdrawn_in) ON callcenter.shift_spell TO callcenter_service;

GRANT UPDATE (state, agreed_at, decided_by, decided_at, decision_note, number)
ON callcenter.change TO callcenter_service;

GRANT UPDATE (dropped_in) ON callcenter.change_move TO callcenter_service;

GRANT INSERT, DELETE ON callcenter.assignment TO callcenter_service;
