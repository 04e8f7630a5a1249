-- The duty log: written by its function alone.

-- name: append
SELECT * FROM callcenter.logbook_append($1, $2, $3, $4, $5, $6, $7, $8)

-- name: entries
-- After number $1, in order. $2 hotline (entries of no hotline concern them all), $3 kinds, $4 shift,
-- $5 call, $6 author, $7 from, $8 until before, $9 follow-ups only, $10 what it refers to; null: any.
SELECT * FROM callcenter.logbook_entry
WHERE
    number > $1
    AND ($2::text IS NULL OR hotline = $2 OR hotline IS NULL)
    AND ($3::text [] IS NULL OR kind = ANY($3))
    AND ($4::text IS NULL OR shift_id = $4)
    AND ($5::text IS NULL OR call_id = $5)
    AND ($6::text IS NULL OR author = $6)
    AND ($7::timestamptz IS NULL OR at >= $7)
    AND ($8::timestamptz IS NULL OR at < $8)
    AND ($9::boolean IS NULL OR follow_up = $9)
    AND ($10::bigint IS NULL OR refers_to = $10)
ORDER BY number
LIMIT $11

-- name: latest
-- As entries, the newest first, before number $1.
SELECT * FROM callcenter.logbook_entry
WHERE
    number < $1
    AND ($2::text IS NULL OR hotline = $2 OR hotline IS NULL)
    AND ($3::text [] IS NULL OR kind = ANY($3))
    AND ($4::text IS NULL OR shift_id = $4)
    AND ($5::text IS NULL OR call_id = $5)
    AND ($6::text IS NULL OR author = $6)
    AND ($7::timestamptz IS NULL OR at >= $7)
    AND ($8::timestamptz IS NULL OR at < $8)
    AND ($9::boolean IS NULL OR follow_up = $9)
    AND ($10::bigint IS NULL OR refers_to = $10)
ORDER BY number DESC
LIMIT $11

-- name: open_items
-- Follow-ups of hotline $1 (or of none, or all) that no entry says are done, with the entries about them.
WITH item AS (
    SELECT number FROM callcenter.logbook_entry AS asked
    WHERE
        follow_up
        AND ($1::text IS NULL OR hotline = $1 OR hotline IS NULL)
        AND NOT EXISTS (
            SELECT FROM callcenter.logbook_entry AS done
            WHERE done.refers_to = asked.number AND done.kind = 'item_done'
        )
)

SELECT * FROM callcenter.logbook_entry
WHERE number IN (SELECT number FROM item) OR refers_to IN (SELECT number FROM item)
ORDER BY number

-- name: entry
SELECT * FROM callcenter.logbook_entry WHERE number = $1

-- name: chain
SELECT * FROM callcenter.logbook_entry
WHERE number > $1
ORDER BY number
LIMIT $2

-- name: strays
-- Entries where none can be: behind the anchor.
SELECT number FROM callcenter.logbook_entry WHERE number <= $1 ORDER BY number LIMIT 1

-- name: anchor
SELECT number, encode(hash, 'hex') AS hash
FROM callcenter.logbook_anchor
ORDER BY number DESC
LIMIT 1

-- name: head
SELECT number, encode(hash, 'hex') AS hash FROM callcenter.logbook_head

-- name: purged
-- What the log itself says of the purge that left the anchor $1.
SELECT text FROM callcenter.logbook_entry WHERE kind = 'purged' ORDER BY number DESC LIMIT 1

-- name: kept_from
SELECT callcenter.logbook_kept_from()

-- name: ask_purge
SELECT * FROM callcenter.logbook_ask_purge($1, $2)

-- name: agree_purge
SELECT * FROM callcenter.logbook_agree_purge($1, $2)

-- name: purges
SELECT * FROM callcenter.logbook_purge ORDER BY id

-- name: due
SELECT * FROM callcenter.logbook_purge
WHERE agreed_by IS NOT NULL AND purged_at IS NULL
ORDER BY before

-- name: through
-- The last entry before the first that is not older than day $1.
SELECT coalesce(
    (
        SELECT min(number) - 1 FROM callcenter.logbook_entry
        WHERE at >= $1::date::timestamp AT TIME ZONE 'UTC'
    ),
    (SELECT number FROM callcenter.logbook_head)
)

-- name: carry_out_purge
SELECT * FROM callcenter.logbook_carry_out_purge($1, $2, $3)
