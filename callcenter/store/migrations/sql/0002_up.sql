CREATE TABLE callcenter.call_version (
    call_id text COLLATE "C" NOT NULL,
    arrived_at timestamptz NOT NULL,
    version integer NOT NULL,
    told jsonb NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    reason text NOT NULL,
    PRIMARY KEY (call_id, arrived_at, version)
) PARTITION BY RANGE (arrived_at);

COMMENT ON TABLE callcenter.call_version IS
'Calls as they were told before they were judged again. 1 is the oldest telling.';

COMMENT ON COLUMN callcenter.call_version.told IS
'The whole call as it was told until replaced_at.';

CREATE TABLE callcenter.call_version_default PARTITION OF callcenter.call_version DEFAULT;

CREATE INDEX call_version_by_time ON callcenter.call_version (replaced_at);

GRANT SELECT, INSERT ON callcenter.call_version TO callcenter_service;
