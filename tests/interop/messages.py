"""The four sync messages (SYN): payload builders and predicates over received ones."""

from jws import embed, sdmp_members
from journal import Line


def payload(publisher, schemas, *, updates=None, **members):
    return {"sdmp": sdmp_members(publisher, schemas, updates=updates), **members}


def journal_request(publisher, since, **more):
    request = {"type": "journal", "since": since, **more}
    return payload(publisher, ["journal_request"], request=request)


def journal_update(publisher, since, entries):
    data = {"type": "journal", "since": since, "entries": list(entries)}
    return payload(publisher, ["journal_update"], data=data)


def resource_request(publisher, identifier, author, resource):
    request = {
        "type": "resource",
        "identifier": identifier,
        "author": author,
        "resource": resource,
    }
    return payload(publisher, ["resource_request"], request=request)


def resource_response(publisher, content=None, *, request=None, status=None, description=None):
    data = {"type": "resource"}
    if description is not None:
        data["description"] = description
    if status is not None:
        data["status"] = status
    if request is not None:
        data["request"] = request
    if content is not None:
        data["content"] = embed(content)
    return payload(publisher, ["resource_response"], data=data)


class Message:
    """A received sync message."""

    def __init__(self, box):
        self.box = box
        self.kind = box.schemas[0]
        part = "request" if self.kind.endswith("_request") else "data"
        body = box.payload.get(part)
        self.body = body if isinstance(body, dict) else {}

    @property
    def content(self):
        """The exact octets of data.content, or None."""
        if "content" not in self.body:
            return None
        return self.box.document.subtext("data", "content")

    def __repr__(self):
        shown = {name: value for name, value in self.body.items() if name != "content"}
        return f"<{self.kind} {shown}>"


def is_answer(identifier):
    return lambda m: m.kind == "resource_response" and m.body.get("request") == identifier


def is_update(since=None):
    return lambda m: m.kind == "journal_update" and since in (None, m.body.get("since"))


def tells_of(resource):
    """A journal update with an entry for this resource."""

    def told(message):
        if message.kind != "journal_update":
            return False
        return any(Line(entry).resource == resource for entry in message.body.get("entries", []))

    return told


def asks_for(resource):
    return lambda m: m.kind == "resource_request" and m.body.get("resource") == resource


def asks_journal(since=None):
    return lambda m: m.kind == "journal_request" and since in (None, m.body.get("since"))


def pushes(resource_text):
    """An unprompted response that carries exactly this container."""
    return lambda m: (
        m.kind == "resource_response" and "request" not in m.body and m.content == resource_text
    )
