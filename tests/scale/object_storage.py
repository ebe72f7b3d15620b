"""A small S3-compatible server on loopback that lets nobody in without a key of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import boto3
import requests
from moto.server import ThreadedMotoServer

BUCKET = "grades"
_RIGHTS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
_FREE_CALLS = 4  # what it takes to make the user that may do everything else


@dataclass(frozen=True)
class Store:
    """Its address, and the only key that opens it."""

    url: str
    key: str
    secret: str

    def connection(self, **changed: str) -> str:
        """What Airflow would hold for it."""
        told = {"login": self.key, "password": self.secret, **changed}
        return json.dumps({"conn_type": "aws", **told, "extra": {"endpoint_url": self.url, "region_name": "us-east-1"}})

    def names(self) -> list[str]:
        """All objects in the bucket."""
        found = self._client("s3").list_objects_v2(Bucket=BUCKET)
        return [item["Key"] for item in found.get("Contents", ())]

    def _client(self, service: str):
        return boto3.client(service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=self.key, aws_secret_access_key=self.secret)


@contextmanager
def object_storage() -> Iterator[Store]:
    """The server, with one empty bucket, until the block ends."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        nobody = Store(url, "nobody", "nothing")
        requests.post(f"{url}/moto-api/reset-auth", data=str(_FREE_CALLS), timeout=10).raise_for_status()
        iam = nobody._client("iam")
        iam.create_user(UserName="gradesync")
        policy = iam.create_policy(PolicyName="artifacts", PolicyDocument=json.dumps(_RIGHTS))["Policy"]["Arn"]
        iam.attach_user_policy(UserName="gradesync", PolicyArn=policy)
        made = iam.create_access_key(UserName="gradesync")["AccessKey"]
        store = Store(url, made["AccessKeyId"], made["SecretAccessKey"])
        store._client("s3").create_bucket(Bucket=BUCKET)
        yield store
    finally:
        requests.post(f"{url}/moto-api/reset-auth", data="Infinity", timeout=10)
        server.stop()
