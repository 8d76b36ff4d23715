-- The lake's tables as views `conversations`, `turns`, `messages` and `leads`, with the columns the metrics need.
--
-- A table that is absent (AgentX has neither turns nor leads) is a view without rows, and a column that is absent reads
-- null. Each source is read by itself, since one may be partitioned by date and another by month. The sources are
-- looked up when this file runs: run it again once the lake has a new one.

-- What reads a table: an empty row set that fixes the columns, and below it each source's files.
CREATE OR REPLACE MACRO rows_of(name, columns) AS
    'SELECT CAST(NULL AS VARCHAR) AS source, ' || columns || ' WHERE false' || (
        SELECT coalesce(string_agg(
            ' UNION ALL BY NAME SELECT * FROM read_parquet(''' || replace(files, '''', '''''')
                || ''', hive_partitioning = true, hive_types = {''source'': VARCHAR}, union_by_name = true)',
            '' ORDER BY files), '')
        FROM (
            SELECT DISTINCT
                regexp_extract(replace(file, '\', '/'), '^(.*/source=[^/]*)/', 1) || '/**/*.parquet' AS files
            FROM glob(rtrim(getvariable('lake'), '/') || '/' || name || '/source=*/**/*.parquet')
        )
    );

SET VARIABLE conversations_rows = rows_of('conversations', '
    CAST(NULL AS VARCHAR) AS agent_id, CAST(NULL AS VARCHAR) AS conversation_id, CAST(NULL AS VARCHAR) AS user_id,
    CAST(NULL AS VARCHAR) AS user_name, CAST(NULL AS VARCHAR) AS channel, CAST(NULL AS VARCHAR) AS state,
    CAST(NULL AS VARCHAR) AS locale, CAST(NULL AS VARCHAR) AS assigned_to, CAST(NULL AS VARCHAR[]) AS tags,
    CAST(NULL AS BIGINT) AS messages_declared, CAST(NULL AS BIGINT) AS user_messages_declared,
    CAST(NULL AS BIGINT) AS sessions, CAST(NULL AS TIMESTAMPTZ) AS started_at,
    CAST(NULL AS TIMESTAMPTZ) AS first_message_at, CAST(NULL AS TIMESTAMPTZ) AS last_message_at');
SET VARIABLE turns_rows = rows_of('turns', '
    CAST(NULL AS VARCHAR) AS agent_id, CAST(NULL AS VARCHAR) AS conversation_id, CAST(NULL AS INTEGER) AS turn_index,
    CAST(NULL AS VARCHAR) AS role, CAST(NULL AS INTEGER) AS message_count, CAST(NULL AS TIMESTAMPTZ) AS started_at,
    CAST(NULL AS TIMESTAMPTZ) AS ended_at');
SET VARIABLE messages_rows = rows_of('messages', '
    CAST(NULL AS VARCHAR) AS agent_id, CAST(NULL AS VARCHAR) AS conversation_id, CAST(NULL AS VARCHAR) AS message_id,
    CAST(NULL AS INTEGER) AS turn_index, CAST(NULL AS INTEGER) AS message_index, CAST(NULL AS VARCHAR) AS role,
    CAST(NULL AS VARCHAR) AS type, CAST(NULL AS VARCHAR) AS text, CAST(NULL AS TIMESTAMPTZ) AS sent_at');
SET VARIABLE leads_rows = rows_of('leads', '
    CAST(NULL AS VARCHAR) AS agent_id, CAST(NULL AS VARCHAR) AS conversation_id, CAST(NULL AS VARCHAR) AS feedback');

CREATE OR REPLACE VIEW conversations AS FROM query(getvariable('conversations_rows'));
CREATE OR REPLACE VIEW turns AS FROM query(getvariable('turns_rows'));
CREATE OR REPLACE VIEW messages AS FROM query(getvariable('messages_rows'));
CREATE OR REPLACE VIEW leads AS FROM query(getvariable('leads_rows'));
