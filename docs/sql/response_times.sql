-- `waits`: each run of the person's messages, and what ended it. `response_times`: the answered ones, a row a reply.

CREATE OR REPLACE VIEW waits AS
WITH spoken AS (
    SELECT
        *,
        CASE WHEN is_said AND role = 'human' THEN 'ask' WHEN is_said THEN 'reply' ELSE 'end' END AS act
    FROM ordered_messages
    WHERE is_said OR is_end
), marked AS (
    SELECT
        *,
        CAST(act = 'ask' AND lag(act, 1, 'end') OVER (
            PARTITION BY source, agent_id, conversation_id ORDER BY position
        ) <> 'ask' AS INTEGER) AS begins
    FROM spoken
), numbered AS (
    SELECT
        *,
        -- 0 is what comes before the person's first message.
        CAST(sum(begins) OVER (
            PARTITION BY source, agent_id, conversation_id ORDER BY position
        ) AS INTEGER) AS wait
    FROM marked
), runs AS (
    SELECT
        source,
        agent_id,
        conversation_id,
        wait,
        arg_max(sent_at, position) FILTER (act = 'ask' AND sent_at IS NOT NULL) AS asked_at,
        arg_min(sent_at, position) FILTER (act = 'reply' AND sent_at IS NOT NULL) AS replied_at,
        arg_min(role, position) FILTER (act = 'reply') AS replied_by,
        arg_min(sent_at, position) FILTER (act = 'end' AND sent_at IS NOT NULL) AS closed_at,
        bool_or(act = 'reply') AS is_answered,
        bool_or(act = 'end') AS is_closed
    FROM numbered
    WHERE wait > 0
    GROUP BY ALL
)
SELECT
    * EXCLUDE (closed_at, is_closed),
    CASE WHEN NOT is_answered THEN closed_at END AS closed_at,
    NOT is_answered AND NOT is_closed AS is_open,
    seconds_between(asked_at, CASE
        WHEN is_answered THEN replied_at
        WHEN is_closed THEN closed_at
        ELSE CAST(getvariable('as_of') AS TIMESTAMPTZ)
    END) AS wait_seconds
FROM runs;

-- The business hours of each day from the first message to the last, as instants, with what was worked before each.
CREATE OR REPLACE VIEW openings AS
WITH days AS (
    SELECT CAST(unnest(generate_series(
        day_of(min(sent_at)) - INTERVAL 2 DAY, day_of(max(sent_at)) + INTERVAL 2 DAY, INTERVAL 1 DAY
    )) AS DATE) AS day
    FROM messages
), slots AS (
    SELECT
        timezone(getvariable('zone'), day + opens) AS opens_at,
        timezone(
            getvariable('zone'),
            day + closes + CASE WHEN closes > opens THEN INTERVAL 0 DAY ELSE INTERVAL 1 DAY END
        ) AS closes_at
    FROM days JOIN business_hours ON weekday = isodow(days.day)
    WHERE NOT EXISTS (FROM holidays WHERE holidays.day = days.day)
)
SELECT
    opens_at,
    seconds_between(opens_at, closes_at) AS seconds,
    coalesce(sum(seconds_between(opens_at, closes_at)) OVER (
        ORDER BY opens_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS seconds_before
FROM slots;

-- Business seconds up to an instant, from the last opening at or before it.
CREATE OR REPLACE MACRO worked_until(instant, opens_at, seconds, seconds_before) AS
    coalesce(seconds_before + least(seconds, seconds_between(opens_at, instant)), 0);

CREATE OR REPLACE VIEW response_times AS
WITH answered AS (
    SELECT
        source,
        agent_id,
        conversation_id,
        CAST(row_number() OVER (PARTITION BY source, agent_id, conversation_id ORDER BY wait) AS INTEGER) AS reply,
        asked_at,
        replied_at,
        replied_by,
        wait_seconds AS response_seconds
    FROM waits
    WHERE is_answered
)
SELECT
    answered.*,
    -- Null without a calendar, and where there is no response time.
    CASE WHEN response_seconds IS NOT NULL AND EXISTS (FROM business_hours) THEN
        worked_until(replied_at, till.opens_at, till.seconds, till.seconds_before)
        - worked_until(asked_at, since.opens_at, since.seconds, since.seconds_before)
    END AS response_business_seconds
FROM answered
ASOF LEFT JOIN openings AS since ON asked_at >= since.opens_at
ASOF LEFT JOIN openings AS till ON replied_at >= till.opens_at;
