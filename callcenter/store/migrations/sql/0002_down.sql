DROP TABLE callcenter.call_version;
