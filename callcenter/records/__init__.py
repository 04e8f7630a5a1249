"""Asterisk's own records (CEL, CDR), read where Asterisk writes them: a PostgreSQL table or a CSV file."""
