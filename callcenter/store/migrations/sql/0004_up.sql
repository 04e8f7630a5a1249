-- The duty log.
CREATE TABLE callcenter.logbook_entry (
    number bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    hotline text,
    shift_id text COLLATE "C",
    author text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    call_id text COLLATE "C",
    follow_up boolean NOT NULL,
    refers_to bigint,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL
);

COMMENT ON TABLE callcenter.logbook_entry IS
'One chain over all hotlines, numbered without holes, written by logbook_append alone and never changed.';

COMMENT ON COLUMN callcenter.logbook_entry.at IS 'When it was written, by this server''s clock.';

COMMENT ON COLUMN callcenter.logbook_entry.refers_to IS
'The older entry that it corrects, closes or signs.';

COMMENT ON COLUMN callcenter.logbook_entry.hash IS 'SHA-256 of logbook_canonical, prev_hash among it.';

CREATE INDEX logbook_by_hotline ON callcenter.logbook_entry (hotline, number);

CREATE INDEX logbook_by_time ON callcenter.logbook_entry (at);

CREATE INDEX logbook_by_shift ON callcenter.logbook_entry (shift_id, number)
WHERE shift_id IS NOT NULL;

CREATE INDEX logbook_by_reference ON callcenter.logbook_entry (refers_to)
WHERE refers_to IS NOT NULL;

CREATE INDEX logbook_by_call ON callcenter.logbook_entry (call_id)
WHERE call_id IS NOT NULL;

CREATE INDEX logbook_follow_ups ON callcenter.logbook_entry (number)
WHERE follow_up;

CREATE TABLE callcenter.logbook_head (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    number bigint NOT NULL,
    hash bytea NOT NULL
);

COMMENT ON TABLE callcenter.logbook_head IS
'The newest entry, said a second time so that a removed end is seen. Who writes waits for it.';

INSERT INTO callcenter.logbook_head (number, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

CREATE TABLE callcenter.logbook_purge (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    before date NOT NULL,
    asked_by text COLLATE "C" NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    agreed_by text COLLATE "C",
    agreed_at timestamptz,
    purged_at timestamptz,
    CONSTRAINT logbook_purge_whole_months CHECK (extract(day FROM before) = 1),
    CONSTRAINT logbook_purge_by_two CHECK (agreed_by <> asked_by)
);

COMMENT ON TABLE callcenter.logbook_purge IS
'Entries of the months (UTC) before "before" are to go: asked by one, agreed by another.';

CREATE UNIQUE INDEX logbook_purge_pending ON callcenter.logbook_purge (before)
WHERE purged_at IS NULL;

CREATE TABLE callcenter.logbook_anchor (
    number bigint PRIMARY KEY,
    hash bytea NOT NULL,
    purge_id bigint NOT NULL REFERENCES callcenter.logbook_purge
);

COMMENT ON TABLE callcenter.logbook_anchor IS
'The last entry of each purge: what is left of the chain hangs on the highest.';

-- How an entry becomes bytes: roster/logbook.py says it, and a test holds the two together.
CREATE FUNCTION callcenter.logbook_field(value text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN value IS NULL THEN '\x2d'::bytea
        ELSE
            convert_to(octet_length(convert_to(value, 'UTF8'))::text || ':', 'UTF8')
            || convert_to(value, 'UTF8')
    END
$$;

CREATE FUNCTION callcenter.logbook_canonical(entry callcenter.logbook_entry) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        callcenter.logbook_field(entry.number::text)
        || callcenter.logbook_field(
            to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        )
        || callcenter.logbook_field(entry.hotline)
        || callcenter.logbook_field(entry.shift_id)
        || callcenter.logbook_field(entry.author)
        || callcenter.logbook_field(entry.kind)
        || callcenter.logbook_field(entry.text)
        || callcenter.logbook_field(entry.call_id)
        || callcenter.logbook_field(entry.follow_up::text)
        || callcenter.logbook_field(entry.refers_to::text)
        || callcenter.logbook_field(encode(entry.prev_hash, 'hex'))
$$;

-- The owner's alone: puts an entry at the end. Whoever comes second waits for the head.
CREATE FUNCTION callcenter.logbook_write(entry callcenter.logbook_entry)
RETURNS callcenter.logbook_entry
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last callcenter.logbook_head;
BEGIN
    SELECT * INTO STRICT last FROM callcenter.logbook_head FOR UPDATE;
    IF entry.refers_to NOT BETWEEN 1 AND last.number THEN
        RAISE EXCEPTION USING
            MESSAGE = concat('there is no entry ', entry.refers_to, ' to refer to'),
            ERRCODE = 'foreign_key_violation';
    END IF;
    IF entry.kind = 'item_done' AND NOT EXISTS (
        SELECT FROM callcenter.logbook_entry AS item WHERE item.number = entry.refers_to AND item.follow_up
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'only an entry that asks to be followed up can be done', ERRCODE = 'check_violation';
    END IF;
    IF entry.kind = 'item_done' AND EXISTS (
        SELECT FROM callcenter.logbook_entry AS done
        WHERE done.refers_to = entry.refers_to AND done.kind = 'item_done'
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = concat('entry ', entry.refers_to, ' is done already'), ERRCODE = 'check_violation';
    END IF;
    entry.number := last.number + 1;
    entry.at := coalesce(entry.at, clock_timestamp());
    entry.prev_hash := last.hash;
    entry.hash := sha256(callcenter.logbook_canonical(entry));
    INSERT INTO callcenter.logbook_entry VALUES (entry.*);
    UPDATE callcenter.logbook_head SET number = entry.number, hash = entry.hash;
    RETURN entry;
END
$$;

-- The service's way to write, and its only one.
CREATE FUNCTION callcenter.logbook_append(
    author text,
    kind text,
    body text,
    hotline text,
    shift_id text,
    call_id text,
    follow_up boolean,
    refers_to bigint
) RETURNS callcenter.logbook_entry
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    entry callcenter.logbook_entry;
BEGIN
    IF coalesce(author, '') = '' OR coalesce(kind, '') = '' THEN
        RAISE EXCEPTION 'an entry has an author and a kind' USING ERRCODE = 'check_violation';
    END IF;
    IF kind IN ('purge_asked', 'purge_agreed', 'purged') THEN
        RAISE EXCEPTION 'entries about purging are written by purging' USING ERRCODE = 'check_violation';
    END IF;
    entry.author := author;
    entry.kind := kind;
    entry.text := coalesce(body, '');
    entry.hotline := hotline;
    entry.shift_id := shift_id;
    entry.call_id := call_id;
    entry.follow_up := coalesce(follow_up, false);
    entry.refers_to := refers_to;
    RETURN callcenter.logbook_write(entry);
END
$$;

-- Nobody changes it, not even its owner by mistake; what an anchor says has been purged may go.
CREATE FUNCTION callcenter.logbook_refuse() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM callcenter.logbook_anchor WHERE number >= OLD.number) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the duty log is never changed: a correction is a new entry'
    USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER logbook_unchanged BEFORE UPDATE OR DELETE ON callcenter.logbook_entry
FOR EACH ROW EXECUTE FUNCTION callcenter.logbook_refuse();

CREATE TRIGGER logbook_not_emptied BEFORE TRUNCATE ON callcenter.logbook_entry
FOR EACH STATEMENT EXECUTE FUNCTION callcenter.logbook_refuse();

-- Purging: asked by one, agreed by another, done by the owner.
CREATE FUNCTION callcenter.logbook_kept_from() RETURNS date
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT date_trunc('month', now() AT TIME ZONE 'UTC' - interval '3 years')::date
$$;

COMMENT ON FUNCTION callcenter.logbook_kept_from() IS
'The first day of the oldest month that has to be kept: three years, in whole months of UTC.';

CREATE FUNCTION callcenter.logbook_ask_purge(first_kept date, author text)
RETURNS callcenter.logbook_purge
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    purge callcenter.logbook_purge;
    entry callcenter.logbook_entry;
BEGIN
    IF coalesce(author, '') = '' THEN
        RAISE EXCEPTION 'a purge is asked for by a person' USING ERRCODE = 'check_violation';
    END IF;
    IF extract(day FROM first_kept) <> 1 OR first_kept > callcenter.logbook_kept_from() THEN
        RAISE EXCEPTION USING
            MESSAGE = concat(
                'the duty log is kept three years: only whole months before ',
                callcenter.logbook_kept_from(), ' can go'
            ),
            ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM callcenter.logbook_entry AS old WHERE old.at < first_kept::timestamp AT TIME ZONE 'UTC'
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = concat('the duty log has nothing from before ', first_kept),
            ERRCODE = 'check_violation';
    END IF;
    INSERT INTO callcenter.logbook_purge (before, asked_by) VALUES (first_kept, author)
    ON CONFLICT (before) WHERE purged_at IS NULL DO NOTHING
    RETURNING * INTO purge;
    IF purge.id IS NULL THEN
        SELECT * INTO STRICT purge FROM callcenter.logbook_purge
        WHERE before = first_kept AND purged_at IS NULL;
        RETURN purge;
    END IF;
    entry.author := author;
    entry.kind := 'purge_asked';
    entry.text := concat('purge ', purge.id, ': entries before ', first_kept);
    entry.follow_up := false;
    PERFORM callcenter.logbook_write(entry);
    RETURN purge;
END
$$;

CREATE FUNCTION callcenter.logbook_agree_purge(purge_id bigint, author text)
RETURNS callcenter.logbook_purge
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    purge callcenter.logbook_purge;
    entry callcenter.logbook_entry;
BEGIN
    SELECT * INTO purge FROM callcenter.logbook_purge AS asked
    WHERE asked.id = purge_id AND asked.purged_at IS NULL
    FOR UPDATE;
    IF purge.id IS NULL THEN
        RAISE EXCEPTION USING
            MESSAGE = concat('no purge ', purge_id, ' is waiting'), ERRCODE = 'check_violation';
    END IF;
    IF coalesce(author, '') = '' OR author = purge.asked_by THEN
        RAISE EXCEPTION 'a purge is agreed by another person than the one who asked'
        USING ERRCODE = 'check_violation';
    END IF;
    IF purge.agreed_by IS NOT NULL THEN
        RETURN purge;
    END IF;
    UPDATE callcenter.logbook_purge AS asked SET agreed_by = author, agreed_at = now()
    WHERE asked.id = purge_id
    RETURNING * INTO purge;
    entry.author := author;
    entry.kind := 'purge_agreed';
    entry.text := concat('purge ', purge.id, ': entries before ', purge.before);
    entry.follow_up := false;
    PERFORM callcenter.logbook_write(entry);
    RETURN purge;
END
$$;

CREATE FUNCTION callcenter.logbook_carry_out_purge(purge_id bigint, through bigint, archives text)
RETURNS callcenter.logbook_entry
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    purge callcenter.logbook_purge;
    entry callcenter.logbook_entry;
    anchor callcenter.logbook_anchor;
BEGIN
    PERFORM FROM callcenter.logbook_head FOR UPDATE;
    SELECT * INTO purge FROM callcenter.logbook_purge AS asked
    WHERE asked.id = purge_id AND asked.agreed_by IS NOT NULL AND asked.purged_at IS NULL
    FOR UPDATE;
    IF purge.id IS NULL OR purge.before > callcenter.logbook_kept_from() THEN
        RAISE EXCEPTION USING
            MESSAGE = concat('purge ', purge_id, ' has not been asked for and agreed'),
            ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM callcenter.logbook_entry AS kept
        WHERE kept.number <= through AND kept.at >= purge.before::timestamp AT TIME ZONE 'UTC'
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = concat('entries up to ', through, ' are not all old enough'),
            ERRCODE = 'check_violation';
    END IF;
    SELECT old.number, old.hash, purge.id INTO anchor
    FROM callcenter.logbook_entry AS old WHERE old.number = through;
    IF anchor.number IS NULL THEN
        RAISE EXCEPTION USING
            MESSAGE = concat('entry ', through, ' is not there'), ERRCODE = 'check_violation';
    END IF;
    INSERT INTO callcenter.logbook_anchor VALUES (anchor.*);
    DELETE FROM callcenter.logbook_entry AS old WHERE old.number <= through;
    UPDATE callcenter.logbook_purge AS asked SET purged_at = now() WHERE asked.id = purge_id;
    entry.author := purge.agreed_by;
    entry.kind := 'purged';
    entry.text := concat(
        'purge ', purge.id, ': entries up to ', through, ', hash ', encode(anchor.hash, 'hex'),
        '; asked by ', purge.asked_by, ', agreed by ', purge.agreed_by, '; archives: ', archives
    );
    entry.follow_up := false;
    RETURN callcenter.logbook_write(entry);
END
$$;

-- Attendance.
CREATE TABLE callcenter.attendance_sign (
    person text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    phone text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person, at, kind)
);

COMMENT ON TABLE callcenter.attendance_sign IS 'Who signed in or out. The service can add and not change.';

CREATE INDEX attendance_sign_by_time ON callcenter.attendance_sign (at);

CREATE TABLE callcenter.attendance_finding (
    shift_id text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    hotline text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    found_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shift_id, person, kind)
);

COMMENT ON TABLE callcenter.attendance_finding IS
'Who was late, left early, missed a shift or was not relieved: once each; only its end may come later.';

CREATE INDEX attendance_finding_by_time ON callcenter.attendance_finding (starts_at);

-- Workdays and holidays as announced.
CREATE TABLE callcenter.calendar_year (
    year integer NOT NULL,
    version integer NOT NULL,
    official boolean NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    author text NOT NULL,
    PRIMARY KEY (year, version)
);

COMMENT ON TABLE callcenter.calendar_year IS
'A year''s notice as imported; the highest version is in force. official: it is not only expected.';

CREATE TABLE callcenter.calendar_day (
    year integer NOT NULL,
    version integer NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    PRIMARY KEY (year, version, day),
    FOREIGN KEY (year, version) REFERENCES callcenter.calendar_year
);

-- Open or closed by hand.
CREATE TABLE callcenter.forced_mode (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hotline text NOT NULL,
    mode text,
    until timestamptz,
    at timestamptz NOT NULL DEFAULT now(),
    author text NOT NULL,
    reason text NOT NULL
);

COMMENT ON TABLE callcenter.forced_mode IS
'Every order ever given; the last one of a hotline is in force until its time, or until the next.'
' mode null: as the schedule says.';

CREATE INDEX forced_mode_by_hotline ON callcenter.forced_mode (hotline, id);

-- What the service may do: write the log by its function, and add to the rest.
REVOKE ALL
ON FUNCTION callcenter.logbook_write(callcenter.logbook_entry),
callcenter.logbook_append(text, text, text, text, text, text, boolean, bigint),
callcenter.logbook_ask_purge(date, text),
callcenter.logbook_agree_purge(bigint, text),
callcenter.logbook_carry_out_purge(bigint, bigint, text)
FROM public;

GRANT EXECUTE
ON FUNCTION callcenter.logbook_append(text, text, text, text, text, text, boolean, bigint),
callcenter.logbook_ask_purge(date, text),
callcenter.logbook_agree_purge(bigint, text)
TO callcenter_service;

GRANT SELECT
ON callcenter.logbook_entry,
callcenter.logbook_head,
callcenter.logbook_purge,
callcenter.logbook_anchor
TO callcenter_service;

GRANT SELECT, INSERT
ON callcenter.attendance_sign,
callcenter.attendance_finding,
callcenter.calendar_year,
callcenter.calendar_day,
callcenter.forced_mode
TO callcenter_service;

GRANT UPDATE (ends_at) ON callcenter.attendance_finding TO callcenter_service;
