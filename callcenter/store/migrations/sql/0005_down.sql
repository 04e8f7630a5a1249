ALTER TABLE callcenter.attempt
DROP COLUMN step,
DROP COLUMN step_role;
