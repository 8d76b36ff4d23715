-- What the words of each source mean. A pipeline under another name needs rows of its own.

CREATE OR REPLACE TABLE meaning (source VARCHAR, means VARCHAR, field VARCHAR, word VARCHAR);

-- means       field            the word is
-- event       type             a kind of message that neither side said: it neither asks nor answers, and has no words
-- fallback    type             a kind of message by which the bot shows that it did not get on
-- handed_off  state, tag, type a sign that people took over, or were asked to
-- ended       state, tag, type a sign that the conversation is over
-- resolved    state, tag       a sign that its matter is settled
-- resolved    rating_at_least  the least rating that says so
INSERT INTO meaning VALUES
    ('convocore', 'event', 'type', 'launch'),
    ('convocore', 'event', 'type', 'end'),
    ('convocore', 'event', 'type', 'no-reply'),
    ('convocore', 'event', 'type', 'GetBrowserData'),
    ('convocore', 'event', 'type', 'SetConvoData'),
    ('convocore', 'event', 'type', 'SetRuntime'),
    ('convocore', 'event', 'type', 'VGVF_Channel'),
    ('convocore', 'event', 'type', 'VFVG_Channel'),
    ('convocore', 'event', 'type', 'knowledgeBase'),
    ('convocore', 'event', 'type', 'info:default'),
    ('convocore', 'event', 'type', 'info:success'),
    ('convocore', 'event', 'type', 'info:danger'),
    ('convocore', 'event', 'type', 'info:primary'),
    ('convocore', 'event', 'type', 'stealth'),
    ('convocore', 'event', 'type', 'debug'),
    ('convocore', 'event', 'type', 'debug:success'),
    ('convocore', 'event', 'type', 'debug:error'),
    ('convocore', 'event', 'type', 'debug:tell'),
    ('convocore', 'event', 'type', 'context:form_submission'),
    ('convocore', 'event', 'type', 'browser_capture'),
    ('convocore', 'fallback', 'type', 'no-reply'),
    ('convocore', 'fallback', 'type', 'fallback'),
    ('convocore', 'handed_off', 'state', 'requested_chat'),
    ('convocore', 'handed_off', 'state', 'human-chatting'),
    ('convocore', 'ended', 'state', 'ended_chat'),
    ('convocore', 'ended', 'state', 'completed'),
    ('convocore', 'ended', 'type', 'end'),
    ('convocore', 'resolved', 'state', 'completed'),
    ('convocore', 'resolved', 'tag', 'resolved'),
    ('agentx', 'event', 'type', 'Event'),
    ('agentx', 'event', 'type', 'SystemMessage'),
    ('agentx', 'fallback', 'type', 'fallback'),
    ('agentx', 'handed_off', 'tag', 'liveChat'),
    ('agentx', 'handed_off', 'tag', 'escalated'),
    ('agentx', 'handed_off', 'type', 'AgentHandover'),
    ('agentx', 'resolved', 'tag', 'resolved');

-- Where a person's rating stands in leads.feedback, as a JSON pointer. The first that is there counts, by `rank`.
CREATE OR REPLACE TABLE feedback_fields (source VARCHAR, gives VARCHAR, rank INTEGER, path VARCHAR);
INSERT INTO feedback_fields VALUES
    ('convocore', 'rating', 1, '/rating'),
    ('convocore', 'feedback_text', 1, '/comment');
