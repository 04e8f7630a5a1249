-- What is known of calls whose end was perhaps not seen.

-- name: told
-- $1 ids; $2, $3 when the first and the last of them can have arrived.
SELECT * FROM callcenter.call
WHERE call_id = ANY($1::text []) AND arrived_at BETWEEN $2 AND $3

-- name: withdrawn
SELECT call_id FROM callcenter.call_merge WHERE call_id = ANY($1::text [])

-- name: unfinished
-- Calls of a PBX that arrived from $2 until before $3 and were not seen to their end.
SELECT call_id, arrived_at FROM callcenter.call
WHERE
    pbx = $1
    AND arrived_at >= $2
    AND arrived_at < $3
    AND merged_into IS NULL
    AND source = 'ami'
    AND (NOT final OR outcome = 'lost' OR truncated IN ('end', 'both'))
ORDER BY arrived_at
