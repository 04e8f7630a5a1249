-- API tokens, and who has seen what.

-- name: create_token
INSERT INTO callcenter.api_token (id, sha256, role, person) VALUES ($1, $2, $3, $4)

-- name: find_token
SELECT id, role, person FROM callcenter.api_token WHERE sha256 = $1 AND revoked_at IS NULL

-- name: revoke_token
UPDATE callcenter.api_token SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id

-- name: tokens
SELECT id, role, person, created_at, revoked_at FROM callcenter.api_token ORDER BY created_at, id

-- name: log_access
INSERT INTO callcenter.access_log (at, who, role, person, act, subject, shown, client, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: accesses
SELECT at, who, role, person, act, subject, shown, client, reason
FROM callcenter.access_log
WHERE at >= $1 AND at < $2
ORDER BY at, id
LIMIT $3
