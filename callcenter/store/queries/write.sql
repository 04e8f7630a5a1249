-- What the writer does to PostgreSQL. Every statement may be repeated and changes nothing the second time.

-- name: stage_facts
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_fact (LIKE callcenter.fact)
ON COMMIT DELETE ROWS

-- name: stage_calls
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_call (LIKE callcenter.call INCLUDING DEFAULTS)
ON COMMIT DELETE ROWS

-- name: log_facts
-- A fact that is in the log already is left alone, and its anomaly is not counted again.
WITH fresh AS (
    INSERT INTO callcenter.fact (subject, seq, kind, at, pbx, body)
    SELECT subject, seq, kind, at, pbx, body FROM incoming_fact
    ON CONFLICT DO NOTHING
    RETURNING pbx, kind, at, body
)

INSERT INTO callcenter.anomaly_count AS known (pbx, kind, day, count, last_at)
SELECT pbx, body ->> 'kind', (at AT TIME ZONE 'UTC')::date, count(*), max(at)
FROM fresh
WHERE kind = 'anomaly'
GROUP BY 1, 2, 3
ON CONFLICT (pbx, kind, day) DO UPDATE
SET count = known.count + excluded.count, last_at = greatest(known.last_at, excluded.last_at)

-- name: known
-- $1 ids; $2, $3 around when they arrived: a look into one or two months.
SELECT call_id, arrived_at, seq
FROM callcenter.call
WHERE call_id = ANY($1::text []) AND arrived_at BETWEEN $2 AND $3

-- name: tell_calls
-- The highest telling wins, in whichever order they come.
INSERT INTO callcenter.call AS known (
    call_id, arrived_at, pbx, linkedid, uniqueid, direction, hotline, dialled, caller,
    first_ring_at, answered_at, ended_at, outcome, answered_by, agent_id,
    wait_seconds, caller_ring_seconds, caller_rings, ring_seconds, rings, target_rings, cadence,
    on_time, short_abandoned, short_abandon_seconds, talk_seconds, hold_seconds, talks, hung_up_by,
    after_hours, shift_id, shift_ids, on_duty, clock, truncated, source, state, queue,
    waiting_since, decided_at, final, seq
)
SELECT
    call_id, arrived_at, pbx, linkedid, uniqueid, direction, hotline, dialled, caller,
    first_ring_at, answered_at, ended_at, outcome, answered_by, agent_id,
    wait_seconds, caller_ring_seconds, caller_rings, ring_seconds, rings, target_rings, cadence,
    on_time, short_abandoned, short_abandon_seconds, talk_seconds, hold_seconds, talks, hung_up_by,
    after_hours, shift_id, shift_ids, on_duty, clock, truncated, source, state, queue,
    waiting_since, decided_at, final, seq
FROM incoming_call
ON CONFLICT (call_id, arrived_at) DO UPDATE
SET
    pbx = excluded.pbx,
    linkedid = excluded.linkedid,
    uniqueid = excluded.uniqueid,
    direction = excluded.direction,
    hotline = excluded.hotline,
    dialled = excluded.dialled,
    caller = excluded.caller,
    first_ring_at = excluded.first_ring_at,
    answered_at = excluded.answered_at,
    ended_at = excluded.ended_at,
    outcome = excluded.outcome,
    answered_by = excluded.answered_by,
    agent_id = excluded.agent_id,
    wait_seconds = excluded.wait_seconds,
    caller_ring_seconds = excluded.caller_ring_seconds,
    caller_rings = excluded.caller_rings,
    ring_seconds = excluded.ring_seconds,
    rings = excluded.rings,
    target_rings = excluded.target_rings,
    cadence = excluded.cadence,
    on_time = excluded.on_time,
    short_abandoned = excluded.short_abandoned,
    short_abandon_seconds = excluded.short_abandon_seconds,
    talk_seconds = excluded.talk_seconds,
    hold_seconds = excluded.hold_seconds,
    talks = excluded.talks,
    hung_up_by = excluded.hung_up_by,
    after_hours = excluded.after_hours,
    shift_id = excluded.shift_id,
    shift_ids = excluded.shift_ids,
    on_duty = excluded.on_duty,
    clock = excluded.clock,
    truncated = excluded.truncated,
    source = excluded.source,
    state = excluded.state,
    queue = excluded.queue,
    waiting_since = excluded.waiting_since,
    decided_at = excluded.decided_at,
    final = excluded.final,
    seq = excluded.seq,
    changed_at = now()
WHERE excluded.seq > known.seq
RETURNING call_id

-- name: forget_attempts
DELETE FROM callcenter.attempt WHERE call_id = ANY($1::text []) AND arrived_at BETWEEN $2 AND $3

-- name: forget_transfers
DELETE FROM callcenter.transfer WHERE call_id = ANY($1::text []) AND arrived_at BETWEEN $2 AND $3

-- name: forget_recordings
DELETE FROM callcenter.recording WHERE call_id = ANY($1::text []) AND arrived_at BETWEEN $2 AND $3

-- name: merge
INSERT INTO callcenter.call_merge (call_id, into_id, pbx, at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING

-- name: withdraw
-- $1: calls that were told or withdrawn just now; either may have come first.
UPDATE callcenter.call AS told
SET merged_into = merged.into_id, changed_at = now()
FROM callcenter.call_merge AS merged
WHERE
    merged.call_id = told.call_id
    AND told.call_id = ANY($1::text [])
    AND told.merged_into IS DISTINCT FROM merged.into_id

-- name: withdrawn
SELECT call_id FROM callcenter.call_merge WHERE call_id = ANY($1::text [])

-- name: change_link
INSERT INTO callcenter.link_change (pbx, at, up, reason, gap_began_at, pbx_restarted)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
