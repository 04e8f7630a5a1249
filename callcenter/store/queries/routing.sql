-- Hotlines forced open or closed.

-- name: lock
SELECT pg_advisory_xact_lock(hashtext('callcenter.routing'))

-- name: force
INSERT INTO callcenter.forced_mode (hotline, mode, until, author, reason)
VALUES ($1, $2, $3, $4, $5)
RETURNING hotline, mode, until, at, author, reason

-- name: last
-- The last order for each hotline, or for hotline $1 alone.
SELECT DISTINCT ON (hotline) hotline, mode, until, at, author, reason
FROM callcenter.forced_mode
WHERE $1::text IS NULL OR hotline = $1
ORDER BY hotline, id DESC

-- name: history
SELECT hotline, mode, until, at, author, reason
FROM callcenter.forced_mode
WHERE hotline = $1
ORDER BY id DESC
LIMIT $2
