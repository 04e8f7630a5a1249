-- Sums over calls. kpi.py says what each of them means; a test holds the two together.

-- name: tallies
-- $1 hotline, or null: all; $2 the edges of the intervals, in order: interval i is from edge i until before
-- edge i + 1; $3 what else they are told apart by: nothing, or the shift.
SELECT
    width_bucket(arrived_at, $2::timestamptz []) AS interval,
    CASE WHEN $3::text = 'shift' THEN hotline END AS hotline,
    CASE WHEN $3::text = 'shift' THEN shift_id END AS whose,
    count(*) AS arrived,
    count(*) FILTER (WHERE outcome IS NULL) AS in_progress,
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
    coalesce(sum(round(wait_seconds * 1e6)) FILTER (WHERE outcome = 'answered'), 0)::bigint AS wait_us,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 5e6) AS within_5s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 10e6) AS within_10s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 15e6) AS within_15s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 20e6) AS within_20s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 30e6) AS within_30s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 60e6) AS within_60s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 120e6) AS within_120s,
    count(*) FILTER (WHERE outcome = 'answered' AND handled) AS handled,
    coalesce(sum(round(talk_seconds * 1e6)) FILTER (WHERE outcome = 'answered' AND handled), 0)::bigint
        AS talk_us,
    coalesce(sum(round(hold_seconds * 1e6)) FILTER (WHERE outcome = 'answered' AND handled), 0)::bigint
        AS hold_us
FROM (
    SELECT
        *,
        ended_at IS NOT NULL AND talk_seconds IS NOT NULL AND hold_seconds IS NOT NULL AS handled
    FROM callcenter.call
    WHERE
        ($1::text IS NULL OR hotline = $1)
        AND hotline IS NOT NULL
        AND arrived_at >= ($2::timestamptz [])[1]
        AND arrived_at < ($2::timestamptz [])[cardinality($2::timestamptz [])]
        AND merged_into IS NULL
) AS arrived
GROUP BY interval, 2, whose
ORDER BY interval, 2, whose

-- name: held
-- Who held shifts $1, when; a shift that is withdrawn by whom it was planned for.
SELECT
    shift.id,
    shift.starts_at,
    shift.ends_at,
    coalesce(
        (
            SELECT array_agg(assignment.person ORDER BY assignment.starts_at)
            FROM callcenter.assignment WHERE assignment.shift_id = shift.id
        ),
        ARRAY[shift.person]
    ) AS people
FROM callcenter.shift
WHERE shift.id = ANY($1::text [])

-- name: people
-- $1 hotline, or null: all; $2, $3 from when until before when. Calls tried at people's own phones, each
-- once however many devices rang how often, and what they talked and held, by whatever phone. Where a call's
-- talk is not told by phone it is that of who answered first.
WITH arrived AS (
    SELECT call_id, arrived_at, outcome, agent_id, target_rings, talk_seconds, hold_seconds, talks
    FROM callcenter.call
    WHERE
        ($1::text IS NULL OR hotline = $1)
        AND hotline IS NOT NULL
        AND arrived_at >= $2
        AND arrived_at < $3
        AND merged_into IS NULL
),

tried AS (
    SELECT
        person,
        count(*) AS offered,
        count(*) FILTER (WHERE answered) AS answered,
        count(*) FILTER (WHERE on_time) AS on_time,
        count(*) FILTER (WHERE missed AND NOT answered) AS missed
    FROM (
        SELECT
            attempt.agent_id AS person,
            bool_or(attempt.outcome = 'answered') AS answered,
            bool_or(attempt.outcome = 'answered' AND attempt.rings <= arrived.target_rings) AS on_time,
            bool_or(attempt.outcome IN ('no_answer', 'rejected')) AS missed
        FROM arrived
        JOIN callcenter.attempt
            ON
                attempt.call_id = arrived.call_id
                AND attempt.arrived_at = arrived.arrived_at
                AND attempt.arrived_at >= $2
                AND attempt.arrived_at < $3
        WHERE attempt.agent_id IS NOT NULL AND attempt.outcome IS NOT NULL
        GROUP BY attempt.call_id, attempt.agent_id
    ) AS of_call
    GROUP BY person
),

spoke AS (
    SELECT
        agent_id AS person,
        talk_seconds,
        hold_seconds
    FROM arrived
    WHERE outcome = 'answered' AND talks = '[]'::jsonb
    UNION ALL
    SELECT
        part.agent_id,
        part.talk_seconds,
        part.hold_seconds
    FROM arrived
    CROSS JOIN jsonb_to_recordset(arrived.talks)
        AS part (agent_id text, talk_seconds double precision, hold_seconds double precision)
    WHERE arrived.outcome = 'answered'
),

talked AS (
    SELECT
        person,
        sum(round(talk_seconds * 1e6))::bigint AS talk_us,
        sum(round(hold_seconds * 1e6))::bigint AS hold_us
    FROM spoke
    WHERE person IS NOT NULL
    GROUP BY person
)

SELECT
    coalesce(tried.person, talked.person) AS person,
    coalesce(tried.offered, 0) AS offered,
    coalesce(tried.answered, 0) AS answered,
    coalesce(tried.on_time, 0) AS on_time,
    coalesce(tried.missed, 0) AS missed,
    coalesce(talked.talk_us, 0) AS talk_us,
    coalesce(talked.hold_us, 0) AS hold_us
FROM tried
FULL JOIN talked ON talked.person = tried.person
ORDER BY 1

-- name: signed_in
-- From $1 until before $2, microseconds. A sign-in lasts until the next sign-out, at most a day, and not
-- beyond now; who signs in again goes on.
SELECT
    person,
    sum((extract(EPOCH FROM upper(spell) - lower(spell)) * 1e6)::bigint)::bigint AS signed_in_us
FROM (
    SELECT
        came.person,
        unnest(range_agg(tstzrange(came.at, least(
            came.at + interval '1 day',
            now(),
            (
                SELECT min(went.at) FROM callcenter.attendance_sign AS went
                WHERE went.person = came.person AND went.kind = 'out' AND went.at >= came.at
            )
        )) * tstzrange($1, $2))) AS spell
    FROM callcenter.attendance_sign AS came
    WHERE came.kind = 'in' AND came.at >= $1 - interval '1 day' AND came.at < $2 AND came.at < now()
    GROUP BY came.person
) AS there
GROUP BY person

-- name: unconfigured
SELECT pbx, number, calls, first_at, last_at
FROM report.unconfigured_number
ORDER BY last_at DESC, number

-- name: gaps
-- Clipped to nothing: a gap that reaches into the time from $2 to $3 is given whole.
SELECT began_at, ended_at, reason, pbx_restarted
FROM callcenter.link_gap
WHERE pbx = $1 AND began_at < $3 AND (ended_at IS NULL OR ended_at > $2)
ORDER BY began_at

-- name: anomalies
SELECT pbx, kind, day, count, last_at
FROM callcenter.anomaly_count
WHERE day >= $1
ORDER BY day DESC, count DESC
