-- One row a day, source, agent, channel and locale.
--
-- Each thing counts on its own day: messages when they were sent, replies when they were given, conversations when they
-- opened. Outcomes (handed off, contained, abandoned, resolved, complete) are those of the conversations opened on the
-- day. What has no time counts where `day` is null. Parts are stacked and added up, not joined.

CREATE OR REPLACE VIEW daily_stats AS
WITH stats AS (
    SELECT * FROM conversation_stats
), of_conversation AS (
    SELECT source, agent_id, conversation_id, channel, locale FROM stats
), parts AS (
    SELECT
        day_of(opened_at) AS day,
        source,
        agent_id,
        channel,
        locale,
        1 AS opened,
        -- `contained` is null while a conversation is open.
        CAST(contained IS NOT NULL AS INTEGER) AS opened_and_ended,
        CAST(contained IS NOT NULL AND handed_off AS INTEGER) AS handed_off_and_ended,
        CAST(handed_off AS INTEGER) AS handed_off,
        CAST(contained AS INTEGER) AS contained,
        CAST(abandoned AS INTEGER) AS abandoned,
        CAST(resolved AS INTEGER) AS resolved,
        CAST(reopened AS INTEGER) AS reopened,
        CAST(missing_messages IS NOT NULL AS INTEGER) AS declared,
        CAST(missing_messages = 0 AS INTEGER) AS complete,
        missing_messages,
        first_response_seconds,
        agent_response_seconds
    FROM stats
    UNION ALL BY NAME
    SELECT day_of(ended_at) AS day, source, agent_id, channel, locale, 1 AS ended FROM stats WHERE ended
    UNION ALL BY NAME
    SELECT
        day_of(sent_at) AS day,
        source,
        agent_id,
        any_value(channel) AS channel,
        any_value(locale) AS locale,
        -- A conversation is active on each day on which something is said in it.
        CAST(bool_or(is_said) AS INTEGER) AS active,
        count(*) AS messages,
        count(*) FILTER (role = 'human') AS human_messages,
        count(*) FILTER (role = 'bot') AS bot_messages,
        count(*) FILTER (role = 'agent') AS agent_messages
    FROM ordered_messages JOIN of_conversation USING (source, agent_id, conversation_id)
    GROUP BY day, source, agent_id, conversation_id
    UNION ALL BY NAME
    SELECT day_of(replied_at) AS day, source, agent_id, channel, locale, 1 AS replies, response_seconds
    FROM response_times JOIN of_conversation USING (source, agent_id, conversation_id)
)
SELECT
    day,
    source,
    agent_id,
    channel,
    locale,
    CAST(coalesce(sum(opened), 0) AS BIGINT) AS opened,
    CAST(coalesce(sum(active), 0) AS BIGINT) AS active,
    CAST(coalesce(sum(ended), 0) AS BIGINT) AS ended,
    CAST(coalesce(sum(messages), 0) AS BIGINT) AS messages,
    CAST(coalesce(sum(human_messages), 0) AS BIGINT) AS human_messages,
    CAST(coalesce(sum(bot_messages), 0) AS BIGINT) AS bot_messages,
    CAST(coalesce(sum(agent_messages), 0) AS BIGINT) AS agent_messages,
    CAST(coalesce(sum(replies), 0) AS BIGINT) AS replies,
    quantile_cont(response_seconds, 0.5) AS response_seconds_p50,
    quantile_cont(response_seconds, 0.95) AS response_seconds_p95,
    quantile_cont(first_response_seconds, 0.5) AS first_response_seconds_p50,
    quantile_cont(first_response_seconds, 0.95) AS first_response_seconds_p95,
    quantile_cont(agent_response_seconds, 0.5) AS agent_response_seconds_p50,
    quantile_cont(agent_response_seconds, 0.95) AS agent_response_seconds_p95,
    CAST(coalesce(sum(opened_and_ended), 0) AS BIGINT) AS opened_and_ended,
    CAST(coalesce(sum(handed_off), 0) AS BIGINT) AS handed_off,
    CAST(coalesce(sum(contained), 0) AS BIGINT) AS contained,
    CAST(coalesce(sum(abandoned), 0) AS BIGINT) AS abandoned,
    CAST(sum(resolved) AS BIGINT) AS resolved,
    CAST(coalesce(sum(reopened), 0) AS BIGINT) AS reopened,
    -- Shares are of the conversations that opened on the day and have ended; of none they are null, not 0.
    sum(contained) / nullif(sum(opened_and_ended), 0) AS containment,
    sum(handed_off_and_ended) / nullif(sum(opened_and_ended), 0) AS handoff,
    sum(abandoned) / nullif(sum(opened_and_ended), 0) AS abandonment,
    CAST(coalesce(sum(declared), 0) AS BIGINT) AS declared,
    CAST(coalesce(sum(complete), 0) AS BIGINT) AS complete,
    CAST(coalesce(sum(missing_messages), 0) AS BIGINT) AS missing_messages,
    sum(complete) / nullif(sum(declared), 0) AS completeness
FROM parts
GROUP BY day, source, agent_id, channel, locale;
