-- Days as announced. Every import is kept; the last one of a year is in force.

-- name: lock
SELECT pg_advisory_xact_lock(hashtext('callcenter.calendar'))

-- name: years
SELECT DISTINCT ON (year) year, version, official
FROM callcenter.calendar_year
ORDER BY year, version DESC

-- name: days
-- Of the last import of each year, or of year $1 alone.
SELECT day.day, day.kind
FROM callcenter.calendar_day AS day
JOIN (
    SELECT year, max(version) AS version FROM callcenter.calendar_year GROUP BY year
) AS last USING (year, version)
WHERE $1::integer IS NULL OR year = $1
ORDER BY day.day

-- name: last_version
SELECT coalesce(max(version), 0) FROM callcenter.calendar_year WHERE year = $1

-- name: add_year
INSERT INTO callcenter.calendar_year (year, version, official, author) VALUES ($1, $2, $3, $4)

-- name: add_day
INSERT INTO callcenter.calendar_day (year, version, day, kind) VALUES ($1, $2, $3, $4)
