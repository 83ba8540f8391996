"""Reads a case from stdin as JSON, signs it with botocore over and over, and writes how long one signature takes, with
one URL to compare. bench/src/signing/others.rs is the other end.
"""

import datetime
import json
import statistics
import sys
import time
from unittest import mock
from urllib.parse import quote, urlencode

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

# So many signatures between two looks at the clock: few, so that most rounds are not interrupted.
ROUND = 10


def main():
    given = json.load(sys.stdin)
    keys = Credentials(given["accessKeyId"], given["secretAccessKey"], given["sessionToken"])
    moment = datetime.datetime.fromtimestamp(given["seconds"], datetime.timezone.utc).replace(tzinfo=None)
    parameters = dict(given["parameters"])
    auth = SigV4QueryAuth(keys, given["service"], given["region"], expires=given["lifetime"])

    def sign():
        query = urlencode(parameters, quote_via=quote, safe="-_.~")
        # It knows no wss; the scheme is not signed.
        request = AWSRequest("GET", f"https://{given['host']}{given['path']}?{query}")
        auth.add_auth(request)
        return "wss" + request.url.removeprefix("https")

    # One URL at the case's time; the others at the machine's, so that nothing but botocore is measured.
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment):
        url = sign()
    rounds = []
    until = time.monotonic() + given["measureMilliseconds"] / 1000
    while not rounds or time.monotonic() < until:
        start = time.perf_counter_ns()
        for _ in range(ROUND):
            sign()
        rounds.append((time.perf_counter_ns() - start) / ROUND)
    print(json.dumps({"url": url, "nanoseconds": round(statistics.median(rounds))}))


main()
