-- Turns of conversations that have none in `turns`: runs of messages of one role, in order. `all_turns` has both kinds.

CREATE OR REPLACE VIEW derived_turns AS
WITH flat AS (
    SELECT * FROM ordered_messages ANTI JOIN turns USING (source, agent_id, conversation_id)
), marked AS (
    SELECT
        *,
        CAST(position = 0 OR role IS DISTINCT FROM lag(role) OVER (
            PARTITION BY source, agent_id, conversation_id ORDER BY position
        ) AS INTEGER) AS begins
    FROM flat
), numbered AS (
    SELECT
        * EXCLUDE (turn_index),
        sum(begins) OVER (PARTITION BY source, agent_id, conversation_id ORDER BY position) - 1 AS turn_index
    FROM marked
)
SELECT
    source,
    agent_id,
    conversation_id,
    CAST(turn_index AS INTEGER) AS turn_index,
    role,
    CAST(count(*) AS INTEGER) AS message_count,
    min(sent_at) AS started_at,
    max(sent_at) AS ended_at
FROM numbered
GROUP BY ALL;

CREATE OR REPLACE VIEW all_turns AS
SELECT source, agent_id, conversation_id, turn_index, role, message_count, started_at, ended_at FROM turns
UNION ALL BY NAME
SELECT * FROM derived_turns;
