"""Turns and messages as the Convocore export serves them."""

from .times import at


def message(clock, text="a word", kind="text", day=0, **more):
    """A message of a Convocore turn; without a clock it has no time."""
    payload = {"message": text} if text is not None else {}
    sent = {} if clock is None else {"ts": at(clock, day)}
    return {"type": kind, "payload": payload, **sent, **more}


def human(*messages):
    return {"from": "human", "messages": list(messages)}


def bot(*messages):
    return {"from": "bot", "messages": list(messages)}


def agent(*messages):
    return {"from": "agent", "messages": list(messages)}


def system(*messages):
    return {"from": "system", "messages": list(messages)}
