CREATE VIEW report.duty_call AS
SELECT
    call.pbx,
    call.hotline,
    call.arrived_at,
    call.outcome,
    call.wait_seconds,
    call.caller_rings,
    call.on_time,
    call.short_abandoned,
    call.talk_seconds,
    call.hold_seconds,
    call.agent_id AS answered_by,
    call.after_hours,
    call.shift_id,
    shift.starts_at AS shift_starts_at,
    shift.ends_at AS shift_ends_at,
    (
        SELECT array_agg(duty ->> 'person')
        FROM jsonb_array_elements(call.on_duty) AS duty
        WHERE duty ->> 'role' = 'primary'
    ) AS primary_people,
    (
        SELECT array_agg(DISTINCT duty ->> 'person') FROM jsonb_array_elements(call.on_duty) AS duty
    ) AS on_duty
FROM callcenter.call
LEFT JOIN callcenter.shift ON shift.id = call.shift_id
WHERE call.hotline IS NOT NULL AND call.merged_into IS NULL;

COMMENT ON VIEW report.duty_call IS
'Each hotline call with the shift it was offered in and who was on duty then; no caller.';

CREATE VIEW report.duty AS
SELECT
    hotline,
    role,
    seat,
    person,
    planned,
    starts_at,
    ends_at,
    shift_id,
    extract(EPOCH FROM ends_at - starts_at)::double precision AS seconds
FROM callcenter.assignment;

COMMENT ON VIEW report.duty IS 'Who holds which stretch of which shift, after every approved change.';

GRANT SELECT ON report.duty_call, report.duty TO callcenter_service, callcenter_report;
