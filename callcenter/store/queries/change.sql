-- Requests to change the roster, their moves, and what became of them.

-- name: add
INSERT INTO callcenter.change (
    id, kind, asked_by, other, reason, asked_at, state, agreed_at, decided_by, decided_at, decision_note,
    number
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: add_move
INSERT INTO callcenter.change_move (change_id, n, shift_id, starts_at, ends_at, giver, taker)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: add_step
INSERT INTO callcenter.change_step (change_id, n, state, person, note)
SELECT $1, coalesce(max(n), 0) + 1, $2, $3, $4
FROM callcenter.change_step
WHERE change_id = $1

-- name: advance
UPDATE callcenter.change SET
    state = $2,
    agreed_at = $3,
    decided_by = $4,
    decided_at = $5,
    decision_note = $6,
    number = $7
WHERE id = $1

-- name: last_number
SELECT coalesce(max(number), 0) FROM callcenter.change WHERE number > 0

-- name: get
SELECT * FROM callcenter.change WHERE id = $1

-- name: list
-- $1 states, $2 somebody who is concerned, $3, $4 the time that a moved stretch reaches into, $6 hotline;
-- null: any.
-- The latest asked first.
SELECT * FROM callcenter.change
WHERE
    ($1::text [] IS NULL OR state = ANY($1))
    AND ($2::text IS NULL OR asked_by = $2 OR other = $2 OR EXISTS (
        SELECT FROM callcenter.change_move AS move
        WHERE move.change_id = change.id AND $2 IN (move.giver, move.taker)
    ))
    AND (($3::timestamptz IS NULL AND $4::timestamptz IS NULL) OR EXISTS (
        SELECT FROM callcenter.change_move AS move
        WHERE
            move.change_id = change.id
            AND ($4::timestamptz IS NULL OR move.starts_at < $4)
            AND ($3::timestamptz IS NULL OR move.ends_at > $3)
    ))
    AND ($6::text IS NULL OR EXISTS (
        SELECT FROM callcenter.change_move AS move
        JOIN callcenter.shift ON shift.id = move.shift_id
        WHERE move.change_id = change.id AND shift.hotline = $6
    ))
ORDER BY asked_at DESC, id
LIMIT $5

-- name: moves
-- Of changes $1; of a change that still stands, without what the roster took from under it.
SELECT move.change_id, move.shift_id, move.starts_at, move.ends_at, move.giver, move.taker
FROM callcenter.change_move AS move
JOIN callcenter.change ON change.id = move.change_id
WHERE
    move.change_id = ANY($1::text [])
    AND (move.dropped_in IS NULL OR change.state NOT IN ('asked', 'agreed', 'approved'))
ORDER BY move.change_id, move.n

-- name: in_force
-- Approved changes that move something of shifts $1.
SELECT * FROM callcenter.change
WHERE
    state = 'approved'
    AND id IN (
        SELECT move.change_id FROM callcenter.change_move AS move
        WHERE move.shift_id = ANY($1::text []) AND move.dropped_in IS NULL
    )
ORDER BY number

-- name: around
-- Changes that stand, of any of the people $1, with a stretch between $2 and $3.
SELECT * FROM callcenter.change
WHERE
    state IN ('asked', 'agreed', 'approved')
    AND id IN (
        SELECT move.change_id FROM callcenter.change_move AS move
        WHERE
            (move.giver = ANY($1::text []) OR move.taker = ANY($1::text []))
            AND move.dropped_in IS NULL
            AND move.starts_at < $3
            AND move.ends_at > $2
    )
ORDER BY asked_at, id

-- name: held
-- What people $1 effectively hold between $2 and $3, and who holds shifts $4.
SELECT shift_id, hotline, role, seat, person, planned, starts_at, ends_at
FROM callcenter.assignment
WHERE (person = ANY($1::text []) AND during && tstzrange($2, $3)) OR shift_id = ANY($4::text [])
ORDER BY starts_at, hotline, role, seat, shift_id

-- name: drop_moves
-- Version $2 withdrew shifts $1. A swap also loses its other half, unless that has already been worked.
UPDATE callcenter.change_move AS move SET dropped_in = $2
FROM callcenter.change
WHERE
    change.id = move.change_id
    AND change.state IN ('asked', 'agreed', 'approved')
    AND move.dropped_in IS NULL
    AND (
        move.shift_id = ANY($1::text [])
        OR (
            change.kind = 'swap'
            AND move.starts_at > now()
            AND EXISTS (
                SELECT FROM callcenter.change_move AS half
                WHERE
                    half.change_id = change.id
                    AND half.dropped_in IS NULL
                    AND half.shift_id = ANY($1::text [])
            )
        )
    )
RETURNING move.change_id, move.shift_id

-- name: end_emptied
-- Of changes $1 those that nothing is left of.
UPDATE callcenter.change SET
    state = CASE state WHEN 'approved' THEN 'withdrawn' ELSE 'expired' END,
    decision_note = $2
WHERE
    id = ANY($1::text [])
    AND NOT EXISTS (
        SELECT FROM callcenter.change_move AS move WHERE move.change_id = change.id AND move.dropped_in IS NULL
    )

-- name: note_dropped
INSERT INTO callcenter.change_step (change_id, n, state, person, note)
SELECT
    change.id,
    (SELECT coalesce(max(step.n), 0) + 1 FROM callcenter.change_step AS step WHERE step.change_id = change.id),
    change.state,
    NULL,
    $2
FROM callcenter.change
WHERE change.id = ANY($1::text [])

-- name: steps
SELECT n, at, state, person, note FROM callcenter.change_step WHERE change_id = $1 ORDER BY n
