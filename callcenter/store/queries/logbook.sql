-- The duty log: written by its function alone.

-- name: append
SELECT * FROM callcenter.logbook_append($1, $2, $3, $4, $5, $6, $7, $8)

-- name: entries
-- The newest first, before number $1. $2 hotline (entries of no hotline concern them all), $3 shift,
-- $4 kind, $5 author, $6 call, $7 what it refers to, $8 open items or all else, $9 from, $10 until before;
-- null: any.
SELECT * FROM callcenter.logbook_entry AS entry
WHERE
    number < $1
    AND ($2::text IS NULL OR hotline = $2 OR hotline IS NULL)
    AND ($3::text IS NULL OR shift_id = $3)
    AND ($4::text IS NULL OR kind = $4)
    AND ($5::text IS NULL OR author = $5)
    AND ($6::text IS NULL OR call_id = $6)
    AND ($7::bigint IS NULL OR refers_to = $7)
    AND ($8::boolean IS NULL OR $8 = (
        follow_up
        AND NOT EXISTS (
            SELECT FROM callcenter.logbook_entry AS done
            WHERE done.refers_to = entry.number AND done.kind = 'item_done'
        )
    ))
    AND ($9::timestamptz IS NULL OR at >= $9)
    AND ($10::timestamptz IS NULL OR at < $10)
ORDER BY number DESC
LIMIT $11

-- name: story
-- Of hotline $1 or of none (null: all) from $2 until before $3, in order.
SELECT * FROM callcenter.logbook_entry
WHERE
    at >= $2
    AND at < $3
    AND ($1::text IS NULL OR hotline = $1 OR hotline IS NULL)
ORDER BY number

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
-- What the log itself says of the last purge.
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
-- The widest that was agreed to.
SELECT * FROM callcenter.logbook_purge
WHERE agreed_by IS NOT NULL AND purged_at IS NULL
ORDER BY before DESC
LIMIT 1

-- name: through
-- The last entry before the first that is not older than day $1.
SELECT coalesce(
    (
        SELECT min(number) - 1 FROM callcenter.logbook_entry
        WHERE at >= $1::date::timestamp AT TIME ZONE 'UTC'
    ),
    (SELECT number FROM callcenter.logbook_head)
)

-- name: months
-- That have entries and are over on day $1, and by this server's clock.
SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')::date AS month
FROM callcenter.logbook_entry
WHERE at < date_trunc('month', least($1::date::timestamp, now() AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC'
ORDER BY month

-- name: carry_out_purge
SELECT * FROM callcenter.logbook_carry_out_purge($1, $2, $3)
