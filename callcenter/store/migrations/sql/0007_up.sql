ALTER TABLE callcenter.call
ADD COLUMN talks jsonb NOT NULL DEFAULT '[]';

COMMENT ON COLUMN callcenter.call.talks IS
'Talk and hold by phone, in the order in which they met the caller; empty where they were not seen whole.';
