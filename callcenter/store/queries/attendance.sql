-- Who signed in and out, and who was not there.

-- name: sign
INSERT INTO callcenter.attendance_sign (person, at, kind, source, phone)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (person, at, kind) DO NOTHING
RETURNING true

-- name: signs
SELECT person, at, kind, source, phone
FROM callcenter.attendance_sign
WHERE at >= $1 AND at < $2 AND ($3::text IS NULL OR person = $3)
ORDER BY at, person, kind

-- name: note
-- The end of a lapse may become known later; nothing else of it changes. Gives the lapse if it is news.
INSERT INTO callcenter.attendance_finding (shift_id, person, kind, hotline, starts_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (shift_id, person, kind) DO UPDATE SET ends_at = excluded.ends_at
WHERE attendance_finding.ends_at IS NULL AND excluded.ends_at IS NOT NULL
RETURNING (xmax = 0) AS is_new

-- name: findings
SELECT shift_id, person, kind, hotline, starts_at, ends_at
FROM callcenter.attendance_finding
WHERE
    starts_at >= $1
    AND starts_at < $2
    AND ($3::text IS NULL OR hotline = $3)
    AND ($4::text IS NULL OR person = $4)
ORDER BY starts_at, shift_id, person, kind
