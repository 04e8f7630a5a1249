-- The outbox's own statements: SQLite's dialect, `?` parameters.

-- name: keep
INSERT INTO outbox (kind, pbx, subject, seq, at, body) VALUES (?, ?, ?, ?, ?, ?)

-- name: keep_checkpoint
INSERT OR REPLACE INTO checkpoint (pbx, state) VALUES (?, ?)

-- name: checkpoints
SELECT pbx, state FROM checkpoint

-- name: drop
DELETE FROM outbox WHERE id = ?

-- name: set_aside
INSERT INTO quarantine (kind, pbx, subject, seq, at, body, why)
SELECT kind, pbx, subject, seq, at, body, ? FROM outbox WHERE id = ?

-- name: put_back
INSERT INTO outbox (kind, pbx, subject, seq, at, body)
SELECT kind, pbx, subject, seq, at, body FROM quarantine ORDER BY id

-- name: empty_quarantine
DELETE FROM quarantine

-- name: read
SELECT id, kind, pbx, subject, seq, at, body FROM outbox WHERE id > ? ORDER BY id LIMIT ?

-- name: count
SELECT count(*) FROM outbox

-- name: oldest
SELECT at FROM outbox ORDER BY id LIMIT 1
