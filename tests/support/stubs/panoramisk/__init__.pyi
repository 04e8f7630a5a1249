from panoramisk.manager import Manager as Manager
from panoramisk.message import Message as Message
