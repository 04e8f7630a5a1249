-- Missed calls that want a call-back.

-- name: since
-- Numbers are compared by their last nine digits: an outbound number has the way out of the house before
-- it, and one of a trunk may have a country's code. Who withheld his number can't be called back.
SELECT
    missed.call_id,
    missed.arrived_at,
    EXISTS (
        SELECT FROM callcenter.call AS later
        WHERE
            later.arrived_at > missed.arrived_at
            AND later.merged_into IS NULL
            AND (
                (
                    later.direction = 'outbound'
                    AND right(regexp_replace(later.dialled, '\D', '', 'g'), 9)
                    = right(regexp_replace(missed.caller, '\D', '', 'g'), 9)
                )
                OR (
                    later.hotline = missed.hotline
                    AND later.outcome = 'answered'
                    AND later.caller = missed.caller
                )
            )
    ) AS returned
FROM callcenter.call AS missed
WHERE
    missed.hotline = $1
    AND missed.arrived_at >= $2
    AND missed.arrived_at < $3
    AND missed.merged_into IS NULL
    AND missed.outcome IS NOT NULL
    AND missed.outcome <> 'answered'
    AND NOT missed.short_abandoned
    AND missed.caller IS NOT NULL
ORDER BY missed.arrived_at, missed.call_id
