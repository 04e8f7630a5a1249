-- Sums over calls. kpi.py says what each of them means; a test holds the two together.

-- name: tallies
-- $1 hotline; $2 the edges of the intervals, in order: interval i is from edge i until before edge i + 1.
SELECT
    width_bucket(arrived_at, $2::timestamptz []) AS interval,
    count(*) AS arrived,
    count(*) FILTER (WHERE outcome IS NULL) AS in_progress,
    count(*) FILTER (WHERE outcome = 'answered') AS answered,
    count(*) FILTER (WHERE outcome = 'abandoned') AS abandoned,
    count(*) FILTER (WHERE outcome = 'voicemail') AS voicemail,
    count(*) FILTER (WHERE outcome = 'no_answer') AS no_answer,
    count(*) FILTER (WHERE outcome = 'busy') AS busy,
    count(*) FILTER (WHERE outcome = 'unreachable') AS unreachable,
    count(*) FILTER (WHERE outcome = 'unstaffed') AS unstaffed,
    count(*) FILTER (WHERE outcome = 'lost') AS lost,
    count(*) FILTER (WHERE outcome = 'abandoned' AND short_abandoned) AS short,
    count(*) FILTER (WHERE outcome = 'answered' AND on_time) AS on_time,
    count(*) FILTER (WHERE outcome = 'answered' AND on_time IS NULL) AS on_time_unknown,
    count(wait_seconds) FILTER (WHERE outcome = 'answered') AS waits,
    coalesce(sum(round(wait_seconds * 1e6)) FILTER (WHERE outcome = 'answered'), 0)::bigint AS wait_us,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 5e6) AS within_5s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 10e6) AS within_10s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 15e6) AS within_15s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 20e6) AS within_20s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 30e6) AS within_30s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 60e6) AS within_60s,
    count(*) FILTER (WHERE outcome = 'answered' AND round(wait_seconds * 1e6) <= 120e6) AS within_120s,
    count(*) FILTER (WHERE outcome = 'answered' AND handled) AS handled,
    coalesce(sum(round(talk_seconds * 1e6)) FILTER (WHERE outcome = 'answered' AND handled), 0)::bigint
        AS talk_us,
    coalesce(sum(round(hold_seconds * 1e6)) FILTER (WHERE outcome = 'answered' AND handled), 0)::bigint
        AS hold_us
FROM (
    SELECT
        *,
        ended_at IS NOT NULL AND talk_seconds IS NOT NULL AND hold_seconds IS NOT NULL AS handled
    FROM callcenter.call
    WHERE
        hotline = $1
        AND arrived_at >= ($2::timestamptz [])[1]
        AND arrived_at < ($2::timestamptz [])[cardinality($2::timestamptz [])]
        AND merged_into IS NULL
) AS arrived
GROUP BY interval
ORDER BY interval

-- name: unconfigured
SELECT pbx, number, calls, first_at, last_at
FROM report.unconfigured_number
ORDER BY last_at DESC, number

-- name: gaps
-- Clipped to nothing: a gap that reaches into the time from $2 to $3 is given whole.
SELECT began_at, ended_at, reason, pbx_restarted
FROM callcenter.link_gap
WHERE pbx = $1 AND began_at < $3 AND (ended_at IS NULL OR ended_at > $2)
ORDER BY began_at

-- name: anomalies
SELECT pbx, kind, day, count, last_at
FROM callcenter.anomaly_count
WHERE day >= $1
ORDER BY day DESC, count DESC
