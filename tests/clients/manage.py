"""Manages a connection with boto3, in two roles. Arguments: the endpoint of @connections, the
connection's id. The credentials in the environment are those of the role that may only post; DEVELOPER_*
those of one that may do anything. Prints JSON."""

import json
import os
import sys

import boto3

endpoint, connection_id = sys.argv[1:]


def client(**credentials):
    return boto3.client("apigatewaymanagementapi", endpoint_url=endpoint, **credentials)


def refusal(call, **arguments):
    """The exception, the error's code and its status."""
    try:
        call(ConnectionId=connection_id, **arguments)
    except call.__self__.exceptions.ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return [type(error).__name__, error.response["Error"]["Code"], status]


function = client()
developer = client(
    aws_access_key_id=os.environ["DEVELOPER_ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["DEVELOPER_SECRET_ACCESS_KEY"],
    # Not the function's, from the environment.
    aws_session_token="",
)

seen = {}
function.post_to_connection(ConnectionId=connection_id, Data=b"from boto3")
seen["too large"] = refusal(function.post_to_connection, Data=b"a" * (128 * 1024 + 1))
seen["not allowed"] = refusal(function.get_connection)
told = developer.get_connection(ConnectionId=connection_id)
seen["connected at"] = int(told["ConnectedAt"].timestamp() * 1000)
seen["source"] = told["Identity"]["SourceIp"]
developer.delete_connection(ConnectionId=connection_id)
seen["gone"] = refusal(function.post_to_connection, Data=b"too late")
print(json.dumps(seen))
