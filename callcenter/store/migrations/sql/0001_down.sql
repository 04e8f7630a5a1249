DROP SCHEMA report CASCADE;

DROP VIEW callcenter.link_gap;

DROP TABLE
    callcenter.access_log,
    callcenter.api_token,
    callcenter.anomaly_count,
    callcenter.link_change;

DROP TABLE
    callcenter.fact,
    callcenter.call_merge,
    callcenter.recording,
    callcenter.transfer;

DROP TABLE
    callcenter.attempt,
    callcenter.call;
