-- a device whose last day is not known may be in use: it is kept, and what is said of it is not known
SELECT machine_id, machine_name, os, onboarding, health, last_seen
FROM machines
WHERE last_seen IS NULL
   OR last_seen >= CAST(getvariable('as_of') AS TIMESTAMP) - to_days(CAST(getvariable('device_days') AS INTEGER))
