"""An office whose commands are tried: two hotlines, three people, a database of its own."""

from collections.abc import Callable

Run = Callable[..., tuple[int, str, str]]
"""Runs a command; gives status, stdout and stderr."""

CONFIG = """
[[pbx]]
name = "main"
username = "a"
secret = "b"

[[hotline]]
number = "4001"
name = "客服热线"
seats = ["00:00-24:00 1"]

[[hotline]]
number = "4002"
name = "Berlin"
time_zone = "Europe/Berlin"

[[agent]]
id = "1001"
name = "张三"
phones = ["1001"]

[[agent]]
id = "1002"
name = "李四"
phones = ["1002"]

[[agent]]
id = "1003"
name = "王五"
phones = ["1003"]

[database]
dsn = "{dsn}"
"""
