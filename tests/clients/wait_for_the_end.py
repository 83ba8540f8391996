"""Opens the URL in the argument with Python's websockets. Prints the connection's id once it has been
told it, and then the code and the reason of the close frame that the other side sends."""

import json
import sys

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

connection = connect(sys.argv[1])
connection.send("hello")
print(json.loads(connection.recv())["connection"]["connectionId"], flush=True)
try:
    connection.recv()
except ConnectionClosed as closed:
    print(closed.rcvd.code, closed.rcvd.reason, flush=True)
