DROP VIEW report.duty_call, report.duty;
