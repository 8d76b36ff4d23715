-- Optional, behind tables.sql and before the others: what the metrics read, once, into tables of DuckDB's own. Without
-- it every view opens all files of the lake each time it is asked, which takes long in a bucket or with many files.

CREATE OR REPLACE TABLE conversations_here AS
SELECT
    source, agent_id, conversation_id, user_id, user_name, channel, state, locale, assigned_to, tags, messages_declared,
    user_messages_declared, sessions, started_at, first_message_at, last_message_at
FROM conversations;
CREATE OR REPLACE TABLE turns_here AS
SELECT source, agent_id, conversation_id, turn_index, role, message_count, started_at, ended_at FROM turns;
CREATE OR REPLACE TABLE messages_here AS
SELECT source, agent_id, conversation_id, message_id, turn_index, message_index, role, type, text, sent_at
FROM messages;
CREATE OR REPLACE TABLE leads_here AS
SELECT source, agent_id, conversation_id, feedback FROM leads;

CREATE OR REPLACE VIEW conversations AS FROM conversations_here;
CREATE OR REPLACE VIEW turns AS FROM turns_here;
CREATE OR REPLACE VIEW messages AS FROM messages_here;
CREATE OR REPLACE VIEW leads AS FROM leads_here;
