-- What calls were told before they were judged again.

-- name: arrived
-- Stored calls of PBX $1 that arrived from $2 until before $3, in order.
SELECT * FROM callcenter.call
WHERE
    pbx = $1
    AND arrived_at >= $2
    AND arrived_at < $3
    AND merged_into IS NULL
ORDER BY arrived_at, call_id

-- name: lock
-- $1 ids; $2, $3 when the first and the last of them arrived. Whoever tells one of them waits.
SELECT call_id, seq
FROM callcenter.call
WHERE call_id = ANY($1::text []) AND arrived_at BETWEEN $2 AND $3 AND merged_into IS NULL
ORDER BY call_id
FOR UPDATE

-- name: keep
-- $1 call id, $2 its arrival, $3 the call as told until now, $4 why that is replaced.
INSERT INTO callcenter.call_version (call_id, arrived_at, version, told, reason)
SELECT $1, $2, coalesce(max(version), 0) + 1, $3::jsonb, $4
FROM callcenter.call_version
WHERE call_id = $1 AND arrived_at = $2

-- name: versions
SELECT version, replaced_at, reason, told::text AS told
FROM callcenter.call_version
WHERE call_id = $1 AND arrived_at = $2
ORDER BY version

-- name: since
-- Calls that were judged again since $1 and arrived at or after $2.
SELECT DISTINCT call_id, arrived_at
FROM callcenter.call_version
WHERE replaced_at >= $1 AND arrived_at >= $2

-- name: told
-- $1 ids; $2, $3 when the first and the last of them arrived.
SELECT * FROM callcenter.call
WHERE call_id = ANY($1::text []) AND arrived_at BETWEEN $2 AND $3 AND merged_into IS NULL
ORDER BY arrived_at, call_id

-- name: now
SELECT now()
