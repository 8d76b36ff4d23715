-- Every message, with its place in the conversation, its words, and whether one of the two sides said it.

CREATE OR REPLACE VIEW ordered_messages AS
SELECT
    source,
    agent_id,
    conversation_id,
    message_id,
    turn_index,
    message_index,
    -- Where there are turns, their order; else time. Equal times go by the id, byte by byte; no time comes last.
    row_number() OVER (
        PARTITION BY source, agent_id, conversation_id
        ORDER BY turn_index NULLS LAST, message_index NULLS LAST, sent_at NULLS LAST, message_id
    ) - 1 AS position,
    role,
    type,
    text,
    sent_at,
    -- Whether it is a word of the person, the bot or an agent. Notices, events and other roles are not.
    coalesce(role IN ('human', 'bot', 'agent'), false) AND NOT EXISTS (
        FROM meaning
        WHERE meaning.source = messages.source AND means = 'event' AND field = 'type' AND word = type
    ) AS is_said,
    EXISTS (
        FROM meaning
        WHERE meaning.source = messages.source AND means = 'ended' AND field = 'type' AND word = type
    ) AS is_end,
    -- A word is what stands between white space and has a letter or a digit, of any script.
    len(regexp_extract_all(
        coalesce(text, ''),
        '[^\s\x0b\x{85}\p{Z}]*[\p{L}\p{N}][^\s\x0b\x{85}\p{Z}]*'
    )) AS words
FROM messages;
