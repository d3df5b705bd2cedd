#!/usr/bin/env python3
"""Gives a daemon something to tell: a few readings of a tenant, one of which loses points.

    seed_signals.py URL INGEST_TOKEN READER_TOKEN TENANT

Prints the id of the regression."""

import datetime
import json
import sys
import urllib.request


def ask(url, token, body=None, media_type="application/json"):
    request = urllib.request.Request(url, data=body and json.dumps(body).encode())
    request.add_header("Authorization", "Bearer " + token)
    request.add_header("Content-Type", media_type)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def signal(tenant, number, source, subject, data, ago_seconds):
    read = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ago_seconds)
    return {
        "specversion": "1.0",
        "id": f"seed-{number}",
        "source": f"/tenants/{tenant}/sources/{source}",
        "type": "io.assayd.setting.observed.v1" if "value" in data else "io.assayd.observation.failed.v1",
        "subject": subject,
        "time": read.isoformat().replace("+00:00", "Z"),
        "partitionkey": tenant,
        "data": data,
    }


def main():
    url, ingest_token, reader_token, tenant = sys.argv[1:]
    defaults = ("security-defaults", "graph/identitySecurityDefaultsEnforcementPolicy")
    rights = ("irm-configuration", "exchange/irmConfiguration")
    batch = [
        signal(tenant, 1, *defaults, {"value": {"isEnabled": True}}, 600),
        signal(tenant, 2, *rights, {"value": {"AzureRMSLicensingEnabled": True}}, 590),
        signal(tenant, 3, "conditional-access", "graph/conditionalAccessPolicies", {"value": []}, 580),
        signal(tenant, 4, *defaults, {"value": {"isEnabled": False}}, 300),
        signal(tenant, 5, *rights, {"reason": "forbidden", "status": 403}, 200),
    ]
    taken = ask(url + "/api/v1/signals", ingest_token, batch, "application/cloudevents-batch+json")
    if taken["accepted"] != len(batch):
        sys.exit(f"not all were taken: {taken}")
    print(ask(f"{url}/api/v1/tenants/{tenant}/regressions", reader_token)["items"][0]["id"])


if __name__ == "__main__":
    main()
