DROP TABLE
    callcenter.forced_mode,
    callcenter.calendar_day,
    callcenter.calendar_year,
    callcenter.attendance_finding,
    callcenter.attendance_sign;

DROP FUNCTION
    callcenter.logbook_append(text, text, text, text, text, text, boolean, bigint),
    callcenter.logbook_ask_purge(date, text),
    callcenter.logbook_agree_purge(bigint, text),
    callcenter.logbook_carry_out_purge(bigint, bigint, text);

DROP FUNCTION
    callcenter.logbook_write(callcenter.logbook_entry),
    callcenter.logbook_canonical(callcenter.logbook_entry),
    callcenter.logbook_field(text),
    callcenter.logbook_kept_from();

DROP TABLE
    callcenter.logbook_anchor,
    callcenter.logbook_purge,
    callcenter.logbook_head,
    callcenter.logbook_entry;

DROP FUNCTION callcenter.logbook_refuse();
