ALTER TABLE callcenter.call
DROP COLUMN talks;
