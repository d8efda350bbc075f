"""DBOS as the shop uses it. Loading it takes longer than most commands do, so who needs it asks."""

import json
from typing import Any

from dbos import DBOS, DBOSClient, Serializer
from sqlalchemy import Engine

# DBOS hands work only to code of the version that wrote it. Ours reads the work of all its
# versions (a few names and ids), so that an upgrade never strands a job.
APPLICATION_VERSION = "1"


class JsonSerializer(Serializer):
    """What a job carries is text anybody can read; DBOS's own choice is pickle, which runs code."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=str)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "paydesk_json"


def client_on(engine: Engine) -> DBOSClient:
    """What writes jobs down, in transactions of ours."""
    return DBOSClient(system_database_engine=engine, serializer=JsonSerializer(), lazy=True)


def migrate(database_url: str) -> None:
    """Make or upgrade DBOS's own tables."""
    DBOS.migrate(database_url)
