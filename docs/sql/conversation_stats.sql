-- One row a conversation: every metric of docs/metrics.md. Each part is brought to one row a conversation before it is
-- joined, so that no join multiplies rows.

CREATE OR REPLACE VIEW conversation_stats AS
WITH ordered AS MATERIALIZED (
    SELECT * EXCLUDE (text, message_id) FROM ordered_messages
), spoken AS (
    SELECT
        source,
        agent_id,
        conversation_id,
        count(*) AS messages,
        count(*) FILTER (role = 'human') AS human_messages,
        count(*) FILTER (role = 'bot') AS bot_messages,
        count(*) FILTER (role = 'agent') AS agent_messages,
        count(*) FILTER (role = 'system') AS system_messages,
        count(*) FILTER (is_said) AS said_messages,
        CAST(coalesce(sum(words) FILTER (is_said AND role = 'human'), 0) AS BIGINT) AS human_words,
        CAST(coalesce(sum(words) FILTER (is_said AND role = 'bot'), 0) AS BIGINT) AS bot_words,
        CAST(coalesce(sum(words) FILTER (is_said AND role = 'agent'), 0) AS BIGINT) AS agent_words,
        min(sent_at) AS first_sent_at,
        max(sent_at) AS last_sent_at,
        max(sent_at) FILTER (is_said) AS last_said_at,
        arg_max(role, position) FILTER (is_said) AS last_word_by,
        max(position) FILTER (is_said AND role = 'human') AS last_human_position,
        min(position) FILTER (is_end) AS first_end_position,
        max(position) FILTER (is_end) AS last_end_position,
        arg_max(sent_at, position) FILTER (is_end) AS last_end_at,
        count(*) FILTER (type IN (
            SELECT word FROM meaning WHERE means = 'fallback' AND field = 'type' AND meaning.source = ordered.source
        )) AS fallbacks
    FROM ordered
    GROUP BY ALL
), first_words AS (
    SELECT
        source,
        agent_id,
        conversation_id,
        min(position) AS position,
        arg_min(sent_at, position) AS first_human_at
    FROM ordered
    WHERE is_said AND role = 'human' AND sent_at IS NOT NULL
    GROUP BY ALL
), first_replies AS (
    SELECT
        source,
        agent_id,
        conversation_id,
        any_value(first_human_at) AS first_human_at,
        arg_min(sent_at, ordered.position)
            FILTER (is_said AND role IN ('bot', 'agent') AND sent_at IS NOT NULL) AS first_reply_at,
        arg_min(sent_at, ordered.position)
            FILTER (is_said AND role = 'agent' AND sent_at IS NOT NULL) AS first_agent_reply_at
    FROM first_words JOIN ordered USING (source, agent_id, conversation_id)
    WHERE ordered.position >= first_words.position
    GROUP BY ALL
), first_business AS (
    SELECT
        first_replies.source,
        first_replies.agent_id,
        first_replies.conversation_id,
        CASE WHEN seconds_between(first_human_at, first_reply_at) IS NOT NULL THEN
            worked_until(first_reply_at, replied.opens_at, replied.seconds, replied.seconds_before)
            - worked_until(first_human_at, asked.opens_at, asked.seconds, asked.seconds_before)
        END AS first_response_business_seconds,
        CASE WHEN seconds_between(first_human_at, first_agent_reply_at) IS NOT NULL THEN
            worked_until(first_agent_reply_at, joined.opens_at, joined.seconds, joined.seconds_before)
            - worked_until(first_human_at, asked.opens_at, asked.seconds, asked.seconds_before)
        END AS agent_response_business_seconds
    FROM first_replies
    ASOF LEFT JOIN openings AS asked ON first_human_at >= asked.opens_at
    ASOF LEFT JOIN openings AS replied ON first_reply_at >= replied.opens_at
    ASOF LEFT JOIN openings AS joined ON first_agent_reply_at >= joined.opens_at
    WHERE EXISTS (FROM business_hours)
), waiting AS (
    SELECT
        source,
        agent_id,
        conversation_id,
        count(*) FILTER (is_answered) AS replies,
        quantile_cont(wait_seconds, 0.5) FILTER (is_answered) AS response_seconds_p50,
        quantile_cont(wait_seconds, 0.95) FILTER (is_answered) AS response_seconds_p95,
        max(wait_seconds) AS longest_wait_seconds,
        any_value(asked_at) FILTER (is_open) AS waiting_since
    FROM waits
    GROUP BY ALL
), turn_counts AS (
    SELECT source, agent_id, conversation_id, count(*) AS turns FROM all_turns GROUP BY ALL
), handing_over AS (
    SELECT
        source,
        agent_id,
        conversation_id,
        arg_min(sent_at, position) FILTER (sent_at IS NOT NULL) AS handed_off_at
    FROM ordered
    WHERE is_said AND role = 'agent' OR EXISTS (
        FROM meaning
        WHERE meaning.source = ordered.source AND means = 'handed_off' AND field = 'type' AND word = type
    )
    GROUP BY ALL
), sides AS (
    SELECT source, agent_id, conversation_id, position, role, lag(role) OVER (
        PARTITION BY source, agent_id, conversation_id ORDER BY position
    ) AS role_before
    FROM ordered
    WHERE is_said AND role IN ('bot', 'agent')
), takeovers AS (
    SELECT source, agent_id, conversation_id, count(*) AS takeovers
    FROM sides
    WHERE role = 'agent' AND role_before IS DISTINCT FROM 'agent'
    GROUP BY ALL
), told AS (
    -- What state and tags say, by the lists of `meaning`.
    SELECT
        source,
        agent_id,
        conversation_id,
        coalesce(bool_or(means = 'handed_off'), false) AS says_handed_off,
        coalesce(bool_or(means = 'ended'), false) AS says_ended,
        coalesce(bool_or(means = 'resolved'), false) AS says_resolved
    FROM conversations JOIN meaning USING (source)
    WHERE field = 'state' AND word = state OR field = 'tag' AND list_contains(tags, word)
    GROUP BY ALL
), feedback AS (
    SELECT
        source,
        agent_id,
        conversation_id,
        -- What is no number is null, and passed over.
        arg_min(TRY_CAST(value AS DOUBLE), rank) FILTER (gives = 'rating') AS rating,
        arg_min(value, rank) FILTER (gives = 'feedback_text' AND value <> '') AS feedback_text
    FROM (
        SELECT source, agent_id, conversation_id, gives, rank,
            json_extract_string(CASE WHEN json_valid(feedback) THEN feedback END, path) AS value
        FROM leads JOIN feedback_fields USING (source)
    )
    GROUP BY ALL
), keys AS (
    SELECT source, agent_id, conversation_id FROM conversations
    UNION
    SELECT source, agent_id, conversation_id FROM messages
), facts AS (
    SELECT
        keys.source,
        keys.agent_id,
        keys.conversation_id,
        conversations.conversation_id IS NOT NULL AS is_in_conversations,
        user_id,
        user_name,
        channel,
        locale,
        state,
        assigned_to,
        tags,
        sessions,
        coalesce(first_message_at, conversations.started_at, first_sent_at) AS opened_at,
        first_human_at,
        first_reply_at,
        seconds_between(first_human_at, first_reply_at) AS first_response_seconds,
        first_response_business_seconds,
        first_agent_reply_at,
        seconds_between(first_human_at, first_agent_reply_at) AS agent_response_seconds,
        agent_response_business_seconds,
        coalesce(replies, 0) AS replies,
        response_seconds_p50,
        response_seconds_p95,
        longest_wait_seconds,
        waiting_since,
        coalesce(turns, 0) AS turns,
        coalesce(messages, 0) AS messages,
        coalesce(human_messages, 0) AS human_messages,
        coalesce(bot_messages, 0) AS bot_messages,
        coalesce(agent_messages, 0) AS agent_messages,
        coalesce(system_messages, 0) AS system_messages,
        coalesce(said_messages, 0) AS said_messages,
        coalesce(human_words, 0) AS human_words,
        coalesce(bot_words, 0) AS bot_words,
        coalesce(agent_words, 0) AS agent_words,
        CASE
            WHEN handing_over.conversation_id IS NOT NULL THEN 'message'
            WHEN says_handed_off THEN 'state'
            WHEN trim(assigned_to) <> '' THEN 'assignment'
        END AS handed_off_by,
        handed_off_at,
        coalesce(takeovers, 0) AS takeovers,
        coalesce(last_human_position >= 0, false) AS has_human_words,
        coalesce(last_human_position > first_end_position, false) AS reopened,
        -- An ending that no word of the person follows.
        coalesce(last_end_position > coalesce(last_human_position, -1), false) AS ends_with_end,
        coalesce(says_ended, false) AS says_ended,
        coalesce(last_word_by = 'human', false) AS is_last_word_human,
        last_end_at,
        coalesce(last_said_at, last_sent_at, last_message_at, first_message_at, conversations.started_at)
            AS last_active_at,
        CASE WHEN EXISTS (FROM meaning WHERE meaning.source = keys.source AND means = 'resolved') THEN
            coalesce(says_resolved, false) OR coalesce(rating >= (
                SELECT min(TRY_CAST(word AS DOUBLE))
                FROM meaning
                WHERE meaning.source = keys.source AND means = 'resolved' AND field = 'rating_at_least'
            ), false)
        END AS resolved,
        coalesce(fallbacks, 0) AS fallbacks,
        rating,
        feedback_text,
        messages_declared,
        user_messages_declared
    FROM keys
    LEFT JOIN conversations USING (source, agent_id, conversation_id)
    LEFT JOIN spoken USING (source, agent_id, conversation_id)
    LEFT JOIN first_replies USING (source, agent_id, conversation_id)
    LEFT JOIN first_business USING (source, agent_id, conversation_id)
    LEFT JOIN waiting USING (source, agent_id, conversation_id)
    LEFT JOIN turn_counts USING (source, agent_id, conversation_id)
    LEFT JOIN handing_over USING (source, agent_id, conversation_id)
    LEFT JOIN takeovers USING (source, agent_id, conversation_id)
    LEFT JOIN told USING (source, agent_id, conversation_id)
    LEFT JOIN feedback USING (source, agent_id, conversation_id)
), outcomes AS (
    SELECT
        *,
        CASE
            -- None of the messages it declares is here: nothing is known.
            WHEN messages = 0 AND (messages_declared > 0 OR user_messages_declared > 0) THEN NULL
            WHEN has_human_words THEN is_last_word_human AND NOT ends_with_end AND is_over(waiting_since)
            ELSE says_ended OR ends_with_end OR is_over(last_active_at)
        END AS abandoned,
        is_over(last_active_at) AS is_quiet
    FROM facts
), ended AS (
    SELECT
        *,
        CASE
            WHEN ends_with_end THEN 'message'
            WHEN says_ended THEN 'state'
            WHEN is_quiet OR abandoned THEN 'quiet'
        END AS ended_by,
        CASE
            WHEN ends_with_end THEN coalesce(last_end_at, last_active_at)
            WHEN says_ended OR is_quiet OR abandoned THEN last_active_at
        END AS ended_at
    FROM outcomes
)
SELECT
    source,
    agent_id,
    conversation_id,
    is_in_conversations,
    user_id,
    user_name,
    channel,
    locale,
    state,
    assigned_to,
    tags,
    sessions,
    opened_at,
    first_human_at,
    first_reply_at,
    first_response_seconds,
    first_response_business_seconds,
    first_agent_reply_at,
    agent_response_seconds,
    agent_response_business_seconds,
    replies,
    response_seconds_p50,
    response_seconds_p95,
    longest_wait_seconds,
    waiting_since,
    turns,
    messages,
    human_messages,
    bot_messages,
    agent_messages,
    system_messages,
    said_messages,
    human_words,
    bot_words,
    agent_words,
    handed_off_by IS NOT NULL AS handed_off,
    handed_off_at,
    handed_off_by,
    takeovers,
    ended_by IS NOT NULL AS ended,
    ended_by,
    ended_at,
    CASE WHEN ended_by IS NOT NULL THEN handed_off_by IS NULL AND NOT abandoned END AS contained,
    abandoned,
    resolved,
    CASE WHEN resolved THEN seconds_between(opened_at, ended_at) END AS resolution_seconds,
    reopened,
    fallbacks,
    rating,
    feedback_text,
    messages_declared,
    user_messages_declared,
    CASE WHEN messages_declared IS NOT NULL OR user_messages_declared IS NOT NULL THEN greatest(
        coalesce(messages_declared - messages, 0), coalesce(user_messages_declared - human_messages, 0), 0
    ) END AS missing_messages
FROM ended;
