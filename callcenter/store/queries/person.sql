-- People: every version is kept, the highest is in force.

-- name: lock
SELECT pg_advisory_xact_lock(hashtext('callcenter.person'))

-- name: all
SELECT DISTINCT ON (id)
    id, name, sort_key, phones, roles, active_from, active_until
FROM callcenter.person
ORDER BY id, version DESC

-- name: last
SELECT id, version, name, sort_key, phones, roles, active_from, active_until
FROM callcenter.person
WHERE id = $1
ORDER BY version DESC
LIMIT 1

-- name: put
INSERT INTO callcenter.person (
    id, name, sort_key, phones, roles, active_from, active_until, version, author, reason
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: history
SELECT id, version, name, sort_key, phones, roles, active_from, active_until, at, author, reason
FROM callcenter.person
WHERE id = $1
ORDER BY version
