"""Calls @connections by boto3 and prints what became of each call.

The argument is a JSON list of calls: endpoint, keys, operation, id, data_length, attempts.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# "hello", or so many x.
def data(length):
    return b"hello" if length == 5 else b"x" * length


def outcome(call):
    key_id, secret, token = call["keys"]
    client = boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=call["endpoint"],
        region_name="eu-west-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )
    try:
        for _ in range(call["attempts"]):
            if call["operation"] == "post":
                answer = client.post_to_connection(ConnectionId=call["id"], Data=data(call["data_length"]))
            elif call["operation"] == "get":
                answer = client.get_connection(ConnectionId=call["id"])
                assert answer["Identity"]["SourceIp"] == "127.0.0.1", answer
                assert answer["ConnectedAt"] <= answer["LastActiveAt"], answer
            else:
                answer = client.delete_connection(ConnectionId=call["id"])
        return {"status": answer["ResponseMetadata"]["HTTPStatusCode"], "code": "", "message": ""}
    except ClientError as error:
        said = error.response["Error"]
        # Those of the service's model are classes of their own.
        if said["Code"] in ("GoneException", "LimitExceededException", "PayloadTooLargeException", "ForbiddenException"):
            assert isinstance(error, getattr(client.exceptions, said["Code"])), type(error)
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"status": status, "code": said["Code"], "message": said["Message"]}


print(json.dumps([outcome(call) for call in json.loads(sys.argv[1])]))
