"""Scans a table with boto3. Arguments: the AWS endpoint, the table's name. Prints its items as JSON."""

import json
import sys

import boto3

endpoint, table = sys.argv[1:]
items = boto3.resource("dynamodb", endpoint_url=endpoint).Table(table).scan()["Items"]
print(json.dumps(items, default=int))
