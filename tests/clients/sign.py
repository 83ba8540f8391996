"""Assumes a role with boto3 and signs URLs by botocore, as its credentials. Arguments: the AWS endpoint,
the role's ARN, the WebSocket URL, and for each URL to sign its query. Prints a JSON list of the signed
URLs."""

import json
import sys

import boto3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

endpoint, role, websocket_url, *queries = sys.argv[1:]
answer = boto3.client("sts", endpoint_url=endpoint).assume_role(
    RoleArn=role, RoleSessionName="boto3"
)["Credentials"]
credentials = Credentials(
    answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"]
)
region = boto3.session.Session().region_name


def sign(query):
    # botocore knows no WebSocket; the scheme is not signed.
    request = AWSRequest("GET", websocket_url.replace("ws://", "http://", 1) + "?" + query)
    SigV4QueryAuth(credentials, "execute-api", region, expires=60).add_auth(request)
    return request.url.replace("http://", "ws://", 1)


print(json.dumps([sign(query) for query in queries]))
