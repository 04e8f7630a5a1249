-- What the partition keeper asks. It runs as the owner of the tables.

-- name: lock
SELECT pg_advisory_xact_lock(hashtext('callcenter.partitions'))

-- name: partitions
-- The partitions of table $1 by name, the default one left out.
SELECT child.relname AS name
FROM pg_inherits
JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
WHERE
    pg_inherits.inhparent = to_regclass($1)
    AND pg_get_expr(child.relpartbound, child.oid) <> 'DEFAULT'
ORDER BY child.relname

-- name: unplaced
-- Months of the rows in {default} by {key}, which have no partition yet.
SELECT DISTINCT date_trunc('month', {key} AT TIME ZONE 'UTC')::date AS month
FROM {default}
ORDER BY month
LIMIT 120

-- name: create
CREATE TABLE {partition} (LIKE {table} INCLUDING DEFAULTS)

-- name: move
WITH moved AS (
    DELETE FROM {default} WHERE {key} >= {start} AND {key} < {end} RETURNING *
)

INSERT INTO {partition} SELECT * FROM moved

-- name: attach
ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ({start}) TO ({end})

-- name: drop
DROP TABLE {partition}
