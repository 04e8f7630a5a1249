-- What was dialled on phones, from the fact log.

-- name: signs
SELECT
    at,
    pbx,
    body ->> 'phone' AS phone,
    body ->> 'kind' AS sign
FROM callcenter.fact
WHERE kind = 'duty_signed' AND at >= $1
ORDER BY at, subject, seq
