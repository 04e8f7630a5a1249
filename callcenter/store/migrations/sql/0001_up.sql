-- Roles. Whoever may not create roles runs this after a DBA has.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'callcenter_service') THEN
        CREATE ROLE callcenter_service NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'callcenter_report') THEN
        CREATE ROLE callcenter_report NOLOGIN;
    END IF;
END
$$;

-- Calls, as last told.
CREATE TABLE callcenter.call (
    call_id text COLLATE "C" NOT NULL,
    arrived_at timestamptz NOT NULL,
    pbx text NOT NULL,
    linkedid text NOT NULL,
    uniqueid text NOT NULL,
    direction text NOT NULL,
    hotline text,
    dialled text NOT NULL,
    caller text,
    first_ring_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    outcome text,
    answered_by text,
    agent_id text,
    wait_seconds double precision,
    caller_ring_seconds double precision,
    caller_rings integer,
    ring_seconds double precision,
    rings integer,
    target_rings integer,
    cadence double precision [],
    on_time boolean,
    short_abandoned boolean NOT NULL,
    short_abandon_seconds double precision,
    talk_seconds double precision,
    hold_seconds double precision,
    hung_up_by text,
    after_hours boolean NOT NULL,
    shift_id text,
    shift_ids text [] NOT NULL,
    on_duty jsonb NOT NULL,
    clock text,
    truncated text,
    source text NOT NULL,
    state text NOT NULL,
    queue text,
    waiting_since timestamptz,
    decided_at timestamptz,
    final boolean NOT NULL,
    seq bigint NOT NULL,
    merged_into text COLLATE "C",
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (call_id, arrived_at)
) PARTITION BY RANGE (arrived_at);

COMMENT ON TABLE callcenter.call IS
'Each call as last told. merged_into: it was part of that call, count it nowhere.';

COMMENT ON COLUMN callcenter.call.hotline IS
'Null for internal and outbound calls and for a number that is no hotline.';

COMMENT ON COLUMN callcenter.call.outcome IS 'Null while the call is in progress, i.e. not decided.';

COMMENT ON COLUMN callcenter.call.seq IS
'Counts the tellings of this call; the highest is the true one.';

COMMENT ON COLUMN callcenter.call.final IS
'The caller and every leg have hung up: nothing more will be told.';

COMMENT ON COLUMN callcenter.call.on_time IS
'Answered within target_rings of cadence; null where that could not be told.';

CREATE TABLE callcenter.call_default PARTITION OF callcenter.call DEFAULT;

CREATE INDEX call_by_hotline ON callcenter.call (hotline, arrived_at, call_id)
WHERE merged_into IS NULL;

CREATE INDEX call_by_arrival ON callcenter.call (arrived_at, call_id)
WHERE merged_into IS NULL;

CREATE INDEX call_by_agent ON callcenter.call (agent_id, arrived_at, call_id)
WHERE merged_into IS NULL AND agent_id IS NOT NULL;

CREATE INDEX call_unconfigured ON callcenter.call (pbx, dialled, arrived_at)
WHERE hotline IS NULL AND direction = 'inbound' AND merged_into IS NULL;

CREATE TABLE callcenter.attempt (
    call_id text COLLATE "C" NOT NULL,
    arrived_at timestamptz NOT NULL,
    n smallint NOT NULL,
    phone text NOT NULL,
    agent_id text,
    started_at timestamptz,
    ring_started_at timestamptz,
    ring_seconds double precision,
    rings integer,
    outcome text,
    PRIMARY KEY (call_id, arrived_at, n)
) PARTITION BY RANGE (arrived_at);

COMMENT ON TABLE callcenter.attempt IS
'One phone and try each, up to the first answer. arrived_at is the call''s.';

CREATE TABLE callcenter.attempt_default PARTITION OF callcenter.attempt DEFAULT;

CREATE INDEX attempt_by_agent ON callcenter.attempt (agent_id, arrived_at);

CREATE TABLE callcenter.transfer (
    call_id text COLLATE "C" NOT NULL,
    arrived_at timestamptz NOT NULL,
    n smallint NOT NULL,
    kind text NOT NULL,
    at timestamptz,
    by_phone text,
    to_phone text,
    answered boolean NOT NULL,
    PRIMARY KEY (call_id, arrived_at, n)
) PARTITION BY RANGE (arrived_at);

CREATE TABLE callcenter.transfer_default PARTITION OF callcenter.transfer DEFAULT;

CREATE TABLE callcenter.recording (
    call_id text COLLATE "C" NOT NULL,
    arrived_at timestamptz NOT NULL,
    n smallint NOT NULL,
    path text NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (call_id, arrived_at, n)
) PARTITION BY RANGE (arrived_at);

CREATE TABLE callcenter.recording_default PARTITION OF callcenter.recording DEFAULT;

CREATE TABLE callcenter.call_merge (
    call_id text COLLATE "C" PRIMARY KEY,
    into_id text COLLATE "C" NOT NULL,
    pbx text NOT NULL,
    at timestamptz NOT NULL
);

COMMENT ON TABLE callcenter.call_merge IS
'Calls withdrawn. Kept beside the calls because the withdrawal may come first.';

-- Facts, as they came.
CREATE TABLE callcenter.fact (
    subject text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    pbx text NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (subject, seq, kind, at)
) PARTITION BY RANGE (at);

COMMENT ON TABLE callcenter.fact IS
'Everything that was told, once. All other tables of calls can be made from it.';

COMMENT ON COLUMN callcenter.fact.subject IS 'The call''s id; for facts of no call the PBX''s name.';

COMMENT ON COLUMN callcenter.fact.seq IS
'The telling of that call; else a digest that tells facts of one instant apart.';

CREATE TABLE callcenter.fact_default PARTITION OF callcenter.fact DEFAULT;

CREATE TABLE callcenter.link_change (
    pbx text NOT NULL,
    at timestamptz NOT NULL,
    up boolean NOT NULL,
    reason text,
    gap_began_at timestamptz,
    pbx_restarted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (pbx, at, up)
);

CREATE TABLE callcenter.anomaly_count (
    pbx text NOT NULL,
    kind text NOT NULL,
    day date NOT NULL,
    count bigint NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (pbx, kind, day)
);

COMMENT ON COLUMN callcenter.anomaly_count.day IS 'Of UTC.';

-- Who may ask, and who has asked.
CREATE TABLE callcenter.api_token (
    id text PRIMARY KEY,
    sha256 bytea NOT NULL UNIQUE,
    role text NOT NULL,
    person text,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

COMMENT ON COLUMN callcenter.api_token.sha256 IS
'Of the secret, which is 256 random bits and kept nowhere.';

CREATE TABLE callcenter.access_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    who text NOT NULL,
    role text NOT NULL,
    person text,
    act text NOT NULL,
    subject text NOT NULL,
    shown integer NOT NULL,
    client text NOT NULL,
    reason text,
    PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);

COMMENT ON TABLE callcenter.access_log IS
'Who saw what is confidential, when and why. The service can add and not change.';

CREATE TABLE callcenter.access_log_default PARTITION OF callcenter.access_log DEFAULT;

-- Views.
CREATE VIEW callcenter.link_gap AS
WITH spell AS (
    SELECT
        up.pbx,
        up.gap_began_at AS began_at,
        up.at AS ended_at
    FROM callcenter.link_change AS up
    WHERE up.up AND up.gap_began_at < up.at
    UNION ALL
    SELECT
        down.pbx,
        down.at,
        (
            SELECT min(next.at)
            FROM callcenter.link_change AS next
            WHERE next.pbx = down.pbx AND next.up AND next.at > down.at
        )
    FROM callcenter.link_change AS down
    WHERE NOT down.up
),

blind AS (
    SELECT
        pbx,
        unnest(range_agg(tstzrange(began_at, ended_at))) AS during
    FROM spell
    GROUP BY pbx
)

SELECT
    pbx,
    lower(during) AS began_at,
    upper(during) AS ended_at,
    (
        SELECT first.reason
        FROM callcenter.link_change AS first
        WHERE first.pbx = blind.pbx AND NOT first.up AND first.at <@ blind.during
        ORDER BY first.at
        LIMIT 1
    ) AS reason,
    coalesce((
        SELECT bool_or(last.pbx_restarted)
        FROM callcenter.link_change AS last
        WHERE last.pbx = blind.pbx AND last.up AND last.at = upper(blind.during)
    ), false) AS pbx_restarted
FROM blind;

COMMENT ON VIEW callcenter.link_gap IS
'When a PBX could not be heard. ended_at null: it can''t be heard now.';

CREATE SCHEMA report;

COMMENT ON SCHEMA report IS
'Views for dashboards and spreadsheets. No caller''s number in any of them.';

CREATE VIEW report.hotline_quarter AS
WITH sums AS (
    SELECT
        pbx,
        hotline,
        date_bin('15 minutes', arrived_at, timestamptz '2000-01-01 00:00:00+00') AS quarter,
        count(*) AS arrived,
        count(*) FILTER (WHERE outcome IS NULL) AS in_progress,
        count(*) FILTER (WHERE outcome IS NOT NULL) AS offered,
        count(*) FILTER (WHERE outcome = 'answered') AS answered,
        count(*) FILTER (WHERE outcome = 'abandoned') AS abandoned,
        count(*) FILTER (WHERE outcome = 'voicemail') AS voicemail,
        count(*) FILTER (WHERE outcome = 'no_answer') AS no_answer,
        count(*) FILTER (WHERE outcome = 'busy') AS busy,
        count(*) FILTER (WHERE outcome = 'unreachable') AS unreachable,
        count(*) FILTER (WHERE outcome = 'unstaffed') AS unstaffed,
        count(*) FILTER (WHERE outcome = 'lost') AS lost,
        count(*) FILTER (WHERE outcome = 'abandoned' AND short_abandoned) AS short,
        count(*) FILTER (WHERE outcome = 'answered' AND on_time) AS on_time,
        count(*) FILTER (WHERE outcome = 'answered' AND on_time IS NULL) AS on_time_unknown,
        count(wait_seconds) FILTER (WHERE outcome = 'answered') AS waits,
        coalesce(
            sum(round(wait_seconds * 1e6)::bigint) FILTER (WHERE outcome = 'answered'), 0
        )::bigint AS wait_us,
        count(*) FILTER (WHERE outcome = 'answered' AND wait_seconds <= 20) AS within_20s,
        count(*) FILTER (
            WHERE outcome = 'answered' AND ended_at IS NOT NULL
            AND talk_seconds IS NOT NULL AND hold_seconds IS NOT NULL
        ) AS handled,
        coalesce(sum(round(talk_seconds * 1e6)::bigint + round(hold_seconds * 1e6)::bigint) FILTER (
            WHERE outcome = 'answered' AND ended_at IS NOT NULL
        ), 0)::bigint AS handling_us
    FROM callcenter.call
    WHERE hotline IS NOT NULL AND merged_into IS NULL
    GROUP BY pbx, hotline, quarter
)

SELECT
    *,
    on_time::float8 / nullif(offered - short, 0) AS three_ring_rate,
    on_time::float8 / nullif(offered, 0) AS strict,
    answered::float8 / nullif(offered - short, 0) AS answer_rate,
    (abandoned - short)::float8 / nullif(offered - short, 0) AS abandonment_rate,
    within_20s::float8 / nullif(offered - short, 0) AS service_level_20s,
    wait_us / 1e6::float8 / nullif(waits, 0) AS asa_seconds,
    handling_us / 1e6::float8 / nullif(handled, 0) AS aht_seconds,
    arrived = answered + abandoned + voicemail + no_answer + busy + unreachable + unstaffed + lost
    + in_progress AS complete
FROM sums;

COMMENT ON VIEW report.hotline_quarter IS
'By hotline and quarter of an hour (UTC). Add up the sums; never average the rates.';

CREATE VIEW report.unconfigured_number AS
SELECT
    pbx,
    dialled AS number,
    count(*) AS calls,
    min(arrived_at) AS first_at,
    max(arrived_at) AS last_at
FROM callcenter.call
WHERE hotline IS NULL AND direction = 'inbound' AND merged_into IS NULL
GROUP BY pbx, dialled;

COMMENT ON VIEW report.unconfigured_number IS
'Numbers that callers from outside dialled and no hotline is configured for.';

-- What the service may do. It owns nothing, and what is logged it can't change.
GRANT USAGE ON SCHEMA callcenter TO callcenter_service;

GRANT USAGE ON SCHEMA report TO callcenter_service, callcenter_report;

GRANT SELECT ON ALL TABLES IN SCHEMA callcenter TO callcenter_service;

GRANT SELECT ON ALL TABLES IN SCHEMA report TO callcenter_service, callcenter_report;

GRANT INSERT, UPDATE
ON callcenter.call, callcenter.anomaly_count, callcenter.api_token
TO callcenter_service;

GRANT INSERT, DELETE
ON callcenter.attempt, callcenter.transfer, callcenter.recording
TO callcenter_service;

GRANT INSERT
ON callcenter.fact, callcenter.link_change, callcenter.call_merge, callcenter.access_log
TO callcenter_service;
