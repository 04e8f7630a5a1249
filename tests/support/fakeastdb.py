"""AstDB behind a manager interface, in memory: for PBXs that cut off, refuse or forget at a given step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from callcenter.ami.protocol import NotConnectedError

Answer = list[dict[str, str]]
OLD_DBGET = 255


class FakeAstdb:
    """*tree*: whether there is a DBGetTree; without it DBGet cuts as in Asterisk 16."""

    def __init__(self, *, tree: bool = True, denied: tuple[str, ...] = ()) -> None:
        self.values: dict[str, str] = {}
        """By name below ``callcenter/``."""
        self.sent: list[tuple[str, str]] = []
        """Every write: action and name."""
        self.reads = 0
        self.cut_after: int | None = None
        """The link breaks at this write: it is done, and nobody is told."""
        self.forgets: Callable[[str], bool] = lambda _: False
        """Names that it confirms and does not keep."""
        self.before: Callable[[str], None] = lambda _: None
        """Called with each action's name before it is done."""
        self._tree = tree
        self._denied = denied

    async def action(self, action: Mapping[str, str], /) -> Answer:
        name, key = action["Action"], action.get("Key", "")
        self.before(name)
        if name in self._denied:
            return error("Permission denied")
        match name:
            case "DBGetTree" if self._tree:
                return self._list(key)
            case "DBGet":
                return self._get(key)
            case "Getvar":
                return self._names(action["Variable"])
            case "DBPut" | "DBDel":
                return self._write(name, key, action.get("Val", ""))
        return error(f"Invalid/unknown command: {name}. Use Action: ListCommands to show available commands.")

    def written(self) -> list[str]:
        """Names written since the last time, in order."""
        names = [name for action, name in self.sent if action == "DBPut"]
        self.sent = []
        return names

    def _write(self, action: str, name: str, value: str) -> Answer:
        if self.cut_after is not None and len(self.sent) >= self.cut_after:
            raise NotConnectedError("the link was lost")
        self.sent.append((action, name))
        if action == "DBDel":
            if self.values.pop(name, None) is None:
                return error("Database entry could not be deleted")
        elif not self.forgets(name):
            self.values[name] = value
        if self.cut_after is not None and len(self.sent) >= self.cut_after:
            raise NotConnectedError("the link was lost")
        return [{"Response": "Success"}]

    def _list(self, key: str) -> Answer:
        self.reads += 1
        like = re.compile(re.escape(key).replace("_", ".") + "(/.*)?") if key else re.compile(".*")
        found = [(name, value) for name, value in sorted(self.values.items()) if like.fullmatch(name)]
        items = [
            {"Event": "DBGetTreeResponse", "Key": f"/callcenter/{name}", "Val": value}
            for name, value in found
        ]
        return [{"Response": "Success", "EventList": "start"}, *items, {"Event": "DBGetTreeComplete"}]

    def _get(self, key: str) -> Answer:
        self.reads += 1
        if key not in self.values:
            return error("Database entry not found")
        value = self.values[key] if self._tree else self.values[key][:OLD_DBGET]
        item = {"Event": "DBGetResponse", "Family": "callcenter", "Key": key, "Val": value}
        return [{"Response": "Success", "EventList": "start"}, item, {"Event": "DBGetComplete"}]

    def _names(self, variable: str) -> Answer:
        under = variable.removeprefix("DB_KEYS(callcenter/").removesuffix(")") + "/"
        names = {name.removeprefix(under).partition("/")[0] for name in self.values if name.startswith(under)}
        return [{"Response": "Success", "Variable": variable, "Value": ",".join(sorted(names))}]


def error(message: str) -> Answer:
    return [{"Response": "Error", "Message": message}]
