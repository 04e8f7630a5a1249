ALTER TABLE callcenter.attempt
ADD COLUMN step integer,
ADD COLUMN step_role text;

COMMENT ON COLUMN callcenter.attempt.step IS
'Of the duty chain, counted from 1; null where the phone was not called by it.';

COMMENT ON COLUMN callcenter.attempt.step_role IS
'primary, backup, supervisor; fallback where nobody was on duty.';
