-- What a reader of the metrics chooses. Run this file first, then SET VARIABLE again what is to differ.

-- The lake: a folder, or s3://bucket/prefix with DuckDB's httpfs loaded.
SET VARIABLE lake = './lake';
-- The IANA zone whose midnights cut days, and in which business hours are written.
SET VARIABLE zone = 'UTC';
-- The instant up to which an unanswered message has waited.
SET VARIABLE as_of = now();
-- Seconds after which a conversation in which nothing is said is over, and a person without an answer has left.
SET VARIABLE abandoned_after = 86400;

-- Business hours: weekday 1 is Monday; `closes` at or before `opens` is on the next day; 24:00 is midnight at the end
-- of the day. The slots of one day do not overlap. While the table is empty, business seconds are null.
CREATE OR REPLACE TABLE business_hours (weekday INTEGER, opens TIME, closes TIME);
-- Days, in that zone, on which no slot begins.
CREATE OR REPLACE TABLE holidays (day DATE);

-- The day of an instant, in the zone.
CREATE OR REPLACE MACRO day_of(instant) AS CAST(timezone(getvariable('zone'), instant) AS DATE);
-- Seconds from one instant to another; null where one is missing, and where the clock went back.
CREATE OR REPLACE MACRO seconds_between(earlier, later) AS
    CASE WHEN later >= earlier THEN (epoch_us(later) - epoch_us(earlier)) / 1e6 END;
-- Whether nothing has been said for the set time since an instant. One that is not known counts as long ago.
CREATE OR REPLACE MACRO is_over(instant) AS coalesce(
    (epoch_us(CAST(getvariable('as_of') AS TIMESTAMPTZ)) - epoch_us(instant)) / 1e6 >= getvariable('abandoned_after'),
    true
);
