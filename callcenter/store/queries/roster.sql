-- The roster: what was planned and published, and who effectively holds it.

-- name: lock
-- Whoever publishes or decides on a change does it alone.
SELECT pg_advisory_xact_lock(hashtext('callcenter.roster'))

-- name: planned_in
-- $1 hotlines, $2 starts, $3 ends of windows: the shifts planned now that start in one of them.
SELECT DISTINCT shift.id
FROM unnest($1::text [], $2::timestamptz [], $3::timestamptz []) AS win (hotline, starts_at, ends_at)
JOIN callcenter.shift
    ON
        shift.hotline = win.hotline
        AND shift.during && tstzrange(win.starts_at, win.ends_at)
        AND shift.starts_at >= win.starts_at
        AND shift.starts_at < win.ends_at
JOIN callcenter.shift_spell AS spell ON spell.shift_id = shift.id AND spell.withdrawn_in IS NULL

-- name: last_version
SELECT coalesce(max(version), 0) FROM callcenter.roster_version

-- name: add_version
INSERT INTO callcenter.roster_version (version, author, reason, added, kept, withdrawn)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: add_windows
INSERT INTO callcenter.roster_window (version, hotline, starts_at, ends_at)
SELECT $1, win.hotline, win.starts_at, max(win.ends_at)
FROM unnest($2::text [], $3::timestamptz [], $4::timestamptz []) AS win (hotline, starts_at, ends_at)
GROUP BY win.hotline, win.starts_at

-- name: add_shift
INSERT INTO callcenter.shift (id, hotline, role, seat, person, starts_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO NOTHING

-- name: plan
INSERT INTO callcenter.shift_spell (shift_id, added_in) SELECT unnest($1::text []), $2

-- name: withdraw
UPDATE callcenter.shift_spell SET withdrawn_in = $2
WHERE shift_id = ANY($1::text []) AND withdrawn_in IS NULL

-- name: shifts_of
SELECT id, hotline, role, seat, person, starts_at, ends_at
FROM callcenter.shift
WHERE id = ANY($1::text [])
ORDER BY starts_at, hotline, role, seat

-- name: planned_of
SELECT shift.id, shift.hotline, shift.role, shift.seat, shift.person, shift.starts_at, shift.ends_at
FROM callcenter.shift
JOIN callcenter.shift_spell AS spell ON spell.shift_id = shift.id AND spell.withdrawn_in IS NULL
WHERE shift.id = ANY($1::text [])
ORDER BY shift.starts_at, shift.hotline, shift.role, shift.seat

-- name: shifts
-- That reach into the time from $1 to $2; $3 a hotline or all; $4 as a version planned it or as it is now.
SELECT shift.id, shift.hotline, shift.role, shift.seat, shift.person, shift.starts_at, shift.ends_at
FROM callcenter.shift
JOIN callcenter.shift_spell AS spell ON spell.shift_id = shift.id
WHERE
    shift.during && tstzrange($1, $2)
    AND ($3::text IS NULL OR shift.hotline = $3)
    AND CASE
        WHEN $4::bigint IS NULL THEN spell.withdrawn_in IS NULL
        ELSE spell.added_in <= $4 AND (spell.withdrawn_in IS NULL OR spell.withdrawn_in > $4)
    END
ORDER BY shift.starts_at, shift.hotline, shift.role, shift.seat

-- name: assignments
SELECT shift_id, hotline, role, seat, person, planned, starts_at, ends_at
FROM callcenter.assignment
WHERE during && tstzrange($1, $2) AND ($3::text IS NULL OR hotline = $3)
ORDER BY starts_at, hotline, role, seat, shift_id

-- name: rostered
SELECT DISTINCT hotline FROM callcenter.roster_window

-- name: versions
SELECT
    version.version,
    version.at,
    version.author,
    version.reason,
    version.added,
    version.kept,
    version.withdrawn,
    array_agg(DISTINCT win.hotline) AS hotlines,
    min(win.starts_at) AS starts_at,
    max(win.ends_at) AS ends_at
FROM callcenter.roster_version AS version
JOIN callcenter.roster_window AS win ON win.version = version.version
WHERE
    $1::text IS NULL
    OR version.version IN (SELECT mine.version FROM callcenter.roster_window AS mine WHERE mine.hotline = $1)
GROUP BY version.version
ORDER BY version.version DESC
LIMIT $2

-- name: forget
DELETE FROM callcenter.assignment WHERE shift_id = ANY($1::text [])

-- name: assign
INSERT INTO callcenter.assignment (
    shift_id, hotline, role, seat, person, planned, starts_at, ends_at, duty_starts_at, duty_ends_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: clashes
-- What the constraints would refuse about the assignments of shifts $1, told so that it can be mended.
WITH mine AS (
    SELECT * FROM callcenter.assignment WHERE shift_id = ANY($1::text [])
)

SELECT
    'person' AS kind,
    mine.person AS person,
    other.person AS other,
    mine.hotline AS hotline,
    other.hotline AS other_hotline,
    lower(mine.during * other.during) AS starts_at,
    upper(mine.during * other.during) AS ends_at,
    mine.shift_id AS shift_id,
    other.shift_id AS other_shift_id
FROM mine
JOIN callcenter.assignment AS other
    ON
        other.person = mine.person
        AND other.during && mine.during
        AND (
            (other.duty_starts_at, other.duty_ends_at) <> (mine.duty_starts_at, mine.duty_ends_at)
            OR (other.hotline, other.role) = (mine.hotline, mine.role)
        )
        AND (other.shift_id, other.starts_at) <> (mine.shift_id, mine.starts_at)
UNION ALL
SELECT
    'seat', mine.person, other.person, mine.hotline, other.hotline,
    lower(mine.during * other.during), upper(mine.during * other.during), mine.shift_id, other.shift_id
FROM mine
JOIN callcenter.assignment AS other
    ON
        other.hotline = mine.hotline
        AND other.role = mine.role
        AND other.seat = mine.seat
        AND other.during && mine.during
        AND (other.shift_id, other.starts_at) <> (mine.shift_id, mine.starts_at)
ORDER BY starts_at, kind, shift_id, other_shift_id
LIMIT 200

-- name: immediate
SET CONSTRAINTS ALL IMMEDIATE
