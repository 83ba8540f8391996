"""What Python's websockets sees. Arguments: the URLs of three connections. Prints JSON."""

import json
import sys

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

FRAME = 16 * 1024


def end(connection):
    """How the other side ends the connection."""
    try:
        while True:
            connection.recv(timeout=30)
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code


talked, too_long, binary = (connect(url) for url in sys.argv[1:])
seen = {
    "offered": talked.request.headers["Sec-WebSocket-Extensions"],
    "negotiated": talked.response.headers.get("Sec-WebSocket-Extensions"),
}

talked.send("hello")
seen["echo"] = json.loads(talked.recv(timeout=30))

seen["pong"] = talked.ping().wait(timeout=30)

text = "".join(chr(ord("a") + number % 26) for number in range(100 * 1024))
talked.send(text[begin : begin + FRAME] for begin in range(0, len(text), FRAME))
seen["fragments come back"] = json.loads(talked.recv(timeout=30))["message"] == text
talked.close()
seen["own close"] = talked.close_code

too_long.send("a" * (33 * 1024))
seen["frame of 33 KiB"] = end(too_long)

binary.send(b"hello")
seen["binary"] = end(binary)

print(json.dumps(seen))
