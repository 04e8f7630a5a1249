-- Calls as last told. One that was part of another (merged_into) is left out of every answer.

-- name: get
SELECT * FROM callcenter.call
WHERE call_id = $1 AND merged_into IS NULL

-- name: page
-- Latest arrival first, then call id downwards; $8, $9 is where the page before ended. A null leaves
-- its side open: the statement is planned for the values at hand, so that an open side costs nothing.
SELECT * FROM callcenter.call
WHERE
    merged_into IS NULL
    AND ($1::text IS NULL OR hotline = $1)
    AND ($2::timestamptz IS NULL OR arrived_at >= $2)
    AND ($3::timestamptz IS NULL OR arrived_at < $3)
    AND ($4::text IS NULL OR outcome = $4)
    AND ($5::text IS NULL OR agent_id = $5)
    AND ($6::text IS NULL OR direction = $6)
    AND ($7::boolean IS NULL OR (outcome IS NOT NULL AND (outcome <> 'answered') = $7))
    AND ($8::timestamptz IS NULL OR arrived_at <= $8)
    AND ($8::timestamptz IS NULL OR (arrived_at, call_id) < ($8, $9::text))
ORDER BY arrived_at DESC, call_id DESC
LIMIT $10

-- name: day
SELECT * FROM callcenter.call
WHERE hotline = $1 AND arrived_at >= $2 AND arrived_at < $3 AND merged_into IS NULL
ORDER BY arrived_at, call_id

-- name: attempts
-- $1 ids; $2, $3 when the first and the last of them arrived.
SELECT * FROM callcenter.attempt
WHERE call_id = ANY($1::text []) AND arrived_at BETWEEN $2 AND $3
ORDER BY call_id, n

-- name: transfers
SELECT * FROM callcenter.transfer
WHERE call_id = ANY($1::text []) AND arrived_at BETWEEN $2 AND $3
ORDER BY call_id, n

-- name: recordings
SELECT * FROM callcenter.recording
WHERE call_id = ANY($1::text []) AND arrived_at BETWEEN $2 AND $3
ORDER BY call_id, n
